"""The command line's part of depth providers: flags, key, price, progress, report, cache."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relief_widget.depth.registry import PROVIDERS, Tell, options_by_flag
from relief_widget.errors import DepthError
from relief_widget.settings.presets import presets

if TYPE_CHECKING:
    from relief_widget.depth import DepthMap, DepthProvider
    from relief_widget.image.photo import Photo


def add_provider(group: Any) -> None:
    """Add the flags that say where the depth comes from."""
    group.add_argument(
        "--provider",
        choices=tuple(PROVIDERS),
        help="; ".join(f"{entry.name}: {entry.help}" for entry in PROVIDERS.values()),
    )
    for name, owners in options_by_flag().items():
        option = owners[0][1]
        reading: dict[str, Any] = {"action": "store_true"}
        if option.type is not bool:
            reading = {"type": option.type, "metavar": option.metavar}
            reading["choices"] = option.choices or None
        texts = [f"{entry.name}: {owned.help}" for entry, owned in owners]
        group.add_argument(f"--{name}", help="; ".join(texts), **reading)


def given_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the options of providers that were given."""
    values = {name: getattr(arguments, name) for name in options_by_flag()}
    return {n: v for n, v in values.items() if v is not False and v not in (None, "")}


def choose(arguments: argparse.Namespace, photo: Photo) -> None:
    """Choose the provider where no flag does, and say so where it is not the usual one."""
    from relief_widget.depth import is_flat_art

    preset = presets[arguments.preset] if arguments.preset else None
    options = given_options(arguments)
    other = arguments.style is not None or "model" in options
    if preset is not None and preset.source == "layers" and not other:
        arguments.provider = arguments.provider or "layers"
        if arguments.provider == "layers":
            for name, value in preset.options.items():
                setattr(arguments, name, options.get(name, value))
    if arguments.provider is not None:
        return
    arguments.provider = "builtin"
    if any(option.name in options for option in PROVIDERS["layers"].options):
        arguments.provider = "layers"
    # Whoever names a style wants the estimate that it is a style of.
    elif arguments.style is None and "model" not in options and is_flat_art(photo):
        arguments.provider = "layers"
        if not arguments.quiet:
            print(
                f"{Path(arguments.photo).name} is flat art: its colours become levels. For an "
                "estimate of its shape instead: --provider builtin.",
                flush=True,
            )


def provider(arguments: argparse.Namespace, tell: Tell) -> DepthProvider:
    """Return the provider that the flags ask for; say what it will cost.

    Raises
    ------
    DepthError
        Flags do not fit together, or there is no key.
    """
    entry, options = PROVIDERS[arguments.provider], given_options(arguments)
    for name in options:
        owners = [owner.name for owner, _ in options_by_flag()[name]]
        if entry.name not in owners:
            raise DepthError(
                f"--{name} does not go with --provider {entry.name}.",
                f"Leave it out, or choose --provider {' or '.join(owners)}.",
            )
    if entry.asks_first:
        options["tell"] = lambda text: tell(f"{text}; Ctrl-C stops")
    made = entry.make(**options)
    said = "" if arguments.quiet else entry.announces(made)
    if said:
        tell("")
        print(said, file=sys.stderr)
    can_ask = sys.stdin.isatty() and sys.stderr.isatty()
    if entry.key_from is not None and can_ask and entry.key_from() is None:
        key = getpass.getpass(f"{entry.name.capitalize()} API key (not shown, not kept): ")
        made = entry.make(**options, key=key)
    return made


def report(depth_map: DepthMap, *, asked: bool = True) -> None:
    """Say what a depth map cost, what is doubtful about it, and what would help.

    Parameters
    ----------
    depth_map
        A depth map.
    asked
        Its provider was to find the subject.
    """
    from relief_widget.depth.gemini import spending

    cost = depth_map.origin.get("cost")
    if cost is not None:
        print(f"The depth map cost {cost} ({spending}).")
    if depth_map.report is not None:
        for warning in depth_map.report.warnings:
            flag = " (--near dark)" if "“Near is dark”" in warning else ""
            print(f"Please look: {warning}{flag}")
    # A provider that is sure of nothing does not look for a subject.
    if asked and depth_map.confidence is not None and depth_map.mask is None:
        print("Without a clear subject, a mask (--mask) or a depth map (--depth-map) helps.")


@contextmanager
def step(text: str, quiet: bool) -> Iterator[Tell]:
    """Show what is going on, on one line of a terminal, until the block ends.

    Yields
    ------
    Tell
        Takes another text for the line.
    """
    show = not quiet and sys.stderr.isatty()

    def tell(now: str) -> None:
        if show:
            print(f"\r\033[K{now}", end="", file=sys.stderr, flush=True)

    tell(f"{text} …")
    try:
        yield tell
    finally:
        if show:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
