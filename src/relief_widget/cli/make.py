"""``relief-widget make``: photo, depth map or project in, files out."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relief_widget.cli.depth import add_provider, choose, given_options, provider, report, step
from relief_widget.cli.files import OUTPUTS, PROJECTS, check_outputs, write_all
from relief_widget.cli.settings import (
    PHOTOS,
    add_command,
    add_detail,
    add_files,
    add_lengths,
    add_quiet,
    add_settings,
    given_settings,
    with_lengths,
)
from relief_widget.errors import ReliefError
from relief_widget.settings import controls
from relief_widget.settings.presets import presets

if TYPE_CHECKING:
    from relief_widget.relief import Relief

_EXAMPLES = f"""\
examples:
  relief-widget make cat.jpg cat.stl
  relief-widget make anna.jpg anna.stl anna.png --preset portrait --size-mm 120
  relief-widget make logo.png stamp.stl --preset logo_text --invert
  relief-widget make logo.png sign.stl --provider layers --levels 3
  relief-widget make cat.jpg cat.obj.zip --mode planar --depth-cutoff 0.3
  relief-widget make cat.jpg cat.stl --depth-map cat_depth16.png
  relief-widget make cat.relief cat.3mf --outline circle --frame-mm 3
  relief-widget make cat.jpg cat.stl --provider gemini --model nano-banana-pro --size 4K

{OUTPUTS}
"""


def add(commands: Any) -> None:
    """Add the command."""
    make = add_command(commands, "make", _run, help="Turn a photo into a relief.", epilog=_EXAMPLES)
    add_files(make, f"{PHOTOS}; or a project, .relief or .3mf")
    source = make.add_argument_group("depth")
    source.add_argument(
        "--preset",
        choices=sorted(presets),
        help="settings for a job; single settings below override it",
    )
    source.add_argument("--style", choices=("detailed", "organic"), help="default: detailed")
    add_provider(source)
    source.add_argument(
        "--depth-map",
        metavar="FILE",
        help="use this depth map (near = bright) and estimate nothing",
    )
    source.add_argument(
        "--mask",
        metavar="FILE|off",
        help="the subject, white on black; 'off': the photo has no single subject",
    )
    add_settings(make, [n for n, control in controls().items() if control.kind != "display"])
    add_detail(make)
    make.add_argument(
        "--polarity",
        choices=("bright_high", "dark_high"),
        default="bright_high",
        help="of height maps; bright_high, where dark is deep, suits engraving programs",
    )
    add_lengths(make, ("width", "height", "relief-height", "base-height"))
    add_quiet(make)


def _run(arguments: argparse.Namespace) -> None:
    check_outputs(arguments.outputs, arguments.photo, arguments.depth_map, arguments.mask)
    if Path(arguments.photo).suffix.lower() in PROJECTS:
        write_all(with_lengths(_opened(arguments), arguments), arguments)
        return
    with step("Reading the depth", arguments.quiet) as tell:
        relief = _estimated(arguments, tell)
    if not arguments.quiet and relief.depth_map is not None:
        report(relief.depth_map, asked=arguments.mask is None)
    write_all(with_lengths(relief, arguments), arguments)


def _opened(arguments: argparse.Namespace) -> Relief:
    """Open a project; its depth map is there already."""
    from relief_widget.relief import Relief

    given = {name: getattr(arguments, name) for name in ("style", "depth_map", "mask")}
    given |= given_options(arguments)
    given["provider"] = None if arguments.provider == "builtin" else arguments.provider
    for flag, value in given.items():
        if value is not None:
            raise ReliefError(
                f"--{flag.replace('_', '-')} does not go with a project, which has its depth map.",
                "Leave it out, or begin with the photo.",
            )
    preset = dict(presets[arguments.preset]) if arguments.preset else {}
    return Relief.open(arguments.photo).replace(**(preset | given_settings(arguments)))


def _estimated(arguments: argparse.Namespace, tell: Callable[[str], None]) -> Relief:
    """Make the relief of a photo, by a provider or with the depth map that is given."""
    from relief_widget.image.photo import open_photo
    from relief_widget.relief import Relief

    settings = given_settings(arguments)
    mask = False if arguments.mask == "off" else arguments.mask
    if arguments.depth_map is None:
        photo = open_photo(arguments.photo, mask=mask)
        tell("")
        choose(arguments, photo)
        return Relief.from_photo(
            photo,
            provider=provider(arguments, tell),
            style=arguments.style,
            preset=arguments.preset,
            **settings,
        )
    preset = presets[arguments.preset] if arguments.preset else None
    return Relief.from_depth_map(
        arguments.depth_map,
        texture=arguments.photo,
        mask=mask,
        style=arguments.style or (preset.style if preset else "detailed"),
        **(dict(preset or {}) | settings),
    )
