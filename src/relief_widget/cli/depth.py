"""The command line's part of depth providers: flags, key, price, progress, report, cache."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relief_widget.errors import DepthError

if TYPE_CHECKING:
    from relief_widget.depth import DepthMap, DepthProvider
    from relief_widget.image.photo import Photo

# Flags that only one provider has.
_HOSTED = ("size", "subject", "words", "fresh")
_LOCAL = ("kind", "variant", "side")
_DRAWN = ("levels", "high")

Tell = Callable[[str], None]


def add_provider(group: Any) -> None:
    """Add the flags that say where the depth comes from."""
    group.add_argument(
        "--provider",
        choices=("builtin", "layers", "luminance", "gemini", "onnx"),
        help="builtin: shape estimate, best for one clear subject (default for photos); "
        "layers: a level for each colour (default for logos, drawings and lettering); "
        "luminance: brightness is height, which is no depth but suits engraving; "
        "gemini: Google's image models, billed to your own key; "
        "onnx: a depth network on this machine",
    )
    group.add_argument(
        "--model",
        help="gemini: nano-banana-2 (default), nano-banana-2-lite, nano-banana-pro, gemini-edit, "
        "or an id of Google's; onnx: an .onnx file, or a name on the hub",
    )
    group.add_argument(
        "--levels",
        metavar="N|COLOURS",
        help="layers: at most so many levels, or their colours, lowest first: '#ffffff,#203080'",
    )
    group.add_argument(
        "--high",
        choices=("auto", "dark", "light"),
        help="layers: which colours are high; auto: those that differ most from the ground",
    )
    group.add_argument("--kind", help="onnx: of the model, where its file does not tell")
    group.add_argument(
        "--variant", help="onnx: of a model on the hub, such as fp32, fp16, int8 or q4f16"
    )
    group.add_argument(
        "--side",
        type=int,
        metavar="PIXELS",
        help="onnx: how large the network sees the photo, such as 1008; more is finer and slower",
    )
    group.add_argument("--size", metavar="1K|2K|4K", help="gemini: of the depth map; default 2K")
    group.add_argument("--subject", default="", help="gemini: what the photo shows, a hint")
    group.add_argument("--words", default="", help="gemini: words of your own for the prompt")
    group.add_argument(
        "--fresh", action="store_true", help="gemini: ask and pay again for what is kept"
    )


def choose(arguments: argparse.Namespace, photo: Photo) -> None:
    """Choose the provider where no flag does, and say so where it is not the usual one."""
    from relief_widget.depth import is_flat_art

    if arguments.provider is not None:
        return
    arguments.provider = "builtin"
    if arguments.levels or arguments.high:
        arguments.provider = "layers"
    # Whoever names a style wants the estimate that it is a style of.
    elif arguments.style is None and not arguments.model and is_flat_art(photo):
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
    from relief_widget.depth import BuiltIn, Layers, Luminance

    if arguments.provider != "layers":
        _refuse(arguments, _DRAWN, "layers")
    if arguments.provider in ("builtin", "layers", "luminance"):
        _refuse(arguments, _HOSTED, "gemini")
        _refuse(arguments, ("model", *_LOCAL), "onnx")
        if arguments.provider == "layers":
            return Layers(_levels(arguments.levels), arguments.high or "auto")
        return Luminance() if arguments.provider == "luminance" else BuiltIn()
    if arguments.provider == "onnx":
        _refuse(arguments, _HOSTED, "gemini")
        return _onnx(arguments, tell)
    _refuse(arguments, _LOCAL, "onnx")
    return _gemini(arguments, tell)


def _refuse(arguments: argparse.Namespace, flags: tuple[str, ...], other: str) -> None:
    """Refuse flags that belong to another provider."""
    for flag in flags:
        if getattr(arguments, flag):
            raise DepthError(
                f"--{flag} does not go with --provider {arguments.provider}.",
                f"Leave it out, or choose --provider {other}.",
            )


def _levels(text: str | None) -> int | list[str] | None:
    """Return what `Layers` takes for what was typed."""
    if not text:
        return None
    if text.lstrip("-").isdecimal() and len(text) < 3:
        return int(text)
    return [colour.strip() for colour in text.split(",")]


def _onnx(arguments: argparse.Namespace, tell: Tell) -> DepthProvider:
    from relief_widget.depth.onnx import DEFAULT_MODEL, OnnxModel

    def fetching(done: int, total: int) -> None:
        tell(f"Downloading the model: {done / 1e6:.0f} of {total / 1e6:.0f} MB; Ctrl-C stops")

    def looking(done: int, total: int) -> None:
        tell(f"The model looks at the photo: {done} of {total}")

    model = OnnxModel(
        arguments.model or DEFAULT_MODEL,
        arguments.kind,
        arguments.variant,
        side=arguments.side,
        progress=looking,
        download_progress=fetching,
    )
    if not model.ready and not arguments.quiet:
        tell("")
        print(f"To be downloaded: {model.notice}", file=sys.stderr)
    return model


def _gemini(arguments: argparse.Namespace, tell: Tell) -> DepthProvider:
    from relief_widget.depth.gemini import Gemini

    def made(key: str | None) -> Gemini:
        return Gemini(
            arguments.model or "nano-banana-2",
            arguments.size,
            key,
            subject=arguments.subject,
            extra=arguments.words,
            fresh=arguments.fresh,
            progress=waiting,
        )

    def waiting(doing: str, elapsed_s: float, limit_s: float) -> None:
        tell(f"{doing}: {elapsed_s:.0f} s, at most {limit_s:.0f} s; Ctrl-C stops")

    asked = made(None)
    if not arguments.quiet:
        cost = asked.estimate()
        tell("")
        price = str(cost) if cost is not None else "a price that is not known here"
        print(f"{asked.label}: {price}", file=sys.stderr)
    return made(_typed_key()) if _may_ask() else asked


def _may_ask() -> bool:
    """Whether there is no key in the environment, but a person to ask for it."""
    from relief_widget.depth.gemini.secret import key_from_environment

    return key_from_environment() is None and sys.stdin.isatty() and sys.stderr.isatty()


def _typed_key() -> str:
    import getpass

    return getpass.getpass("Gemini API key (not shown, not kept): ")


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
            print(f"Please look: {warning}")
    # A provider that is sure of nothing does not look for a subject.
    if asked and depth_map.confidence is not None and depth_map.mask is None:
        print("Without a clear subject, a mask (--mask) or a depth map (--depth-map) helps.")


@contextmanager
def step(text: str, quiet: bool) -> Iterator[Tell]:
    """Show what is going on, on one line of a terminal, until the block ends.

    Yields
    ------
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
