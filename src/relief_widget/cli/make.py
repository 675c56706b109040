"""``relief-widget make``: photo, depth map or project in, files out."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
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
from relief_widget.settings.presets import Preset, least_base, presets

if TYPE_CHECKING:
    from relief_widget.relief import Relief


def _presets_table() -> str:
    return "\n".join(
        f"  {name:<16}{preset.label} ({', '.join((preset.format, *preset.also))})"
        for name, preset in presets.items()
    )


_EXAMPLES = f"""\
examples:
  relief-widget make cat.jpg cat.stl
  relief-widget make anna.jpg anna.stl anna.png --preset portrait --size-mm 150
  relief-widget make cat.jpg coin.stl --preset coin
  relief-widget make logo.png --preset stamp
  relief-widget make logo.png sign.stl --provider layers --levels 3
  relief-widget make cat.jpg cat.obj.zip --mode planar --depth-cutoff 0.3
  relief-widget make cat.jpg cat.stl --depth-map cat_depth16.png
  relief-widget make cat.jpg cat.stl --depth-map metres.tif --near dark
  relief-widget make cat.relief cat.3mf --outline circle --frame-mm 3
  relief-widget make cat.jpg cat.stl --provider gemini --model nano-banana-pro --size 4K

presets, and the files they write where OUT is left out:
{_presets_table()}

{OUTPUTS}
"""


def add(commands: Any) -> None:
    """Add the command."""
    make = add_command(commands, "make", _run, help="Turn a photo into a relief.", epilog=_EXAMPLES)
    add_files(
        make,
        f"{PHOTOS}; or a project, .relief or .3mf",
        nargs="*",
        more="; with --preset by default what it is made for",
    )
    source = make.add_argument_group("depth")
    source.add_argument(
        "--preset",
        type=_preset,
        metavar="NAME",
        help=f"what to make, see below: {', '.join(presets)}; single settings below override it",
    )
    source.add_argument("--style", choices=("detailed", "organic"), help="default: detailed")
    add_provider(source)
    source.add_argument(
        "--depth-map",
        metavar="FILE",
        help="use this depth map and estimate nothing: a picture, or numbers as PGM, PFM, NPY, EXR",
    )
    source.add_argument(
        "--near",
        choices=("bright", "dark"),
        help="what is near in the depth map; 'dark', as in maps of distances, turns it; default: "
        "bright",
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


def _preset(name: str) -> str:
    if name not in presets:
        raise argparse.ArgumentTypeError(f"there is none named {name!r}; see --help for the list")
    return presets[name].name


def _run(arguments: argparse.Namespace) -> None:
    preset = presets[arguments.preset] if arguments.preset else None
    if not arguments.outputs:
        arguments.outputs = _usual_outputs(arguments.photo, preset)
    check_outputs(arguments.outputs, arguments.photo, arguments.depth_map, arguments.mask)
    if Path(arguments.photo).suffix.lower() in PROJECTS:
        relief = _opened(arguments)
    else:
        with step("Reading the depth", arguments.quiet) as tell:
            relief = _estimated(arguments, tell)
        if arguments.near == "dark" and arguments.depth_map is None:
            relief = _turned(relief)
        if not arguments.quiet and relief.depth_map is not None:
            report(relief.depth_map, asked=arguments.mask is None)
    relief = with_lengths(relief, arguments)
    if preset is not None and arguments.base_thickness is arguments.base_height is None:
        # In another size what is cut into the back is as deep as before.
        base = max(relief.settings.base_thickness, least_base(vars(relief.settings)))
        relief = relief.replace(base_thickness=base)
    write_all(relief, arguments)
    if preset is not None and not arguments.quiet:
        _check(relief, preset)


def _usual_outputs(photo: str, preset: Preset | None) -> list[str]:
    """Return the files that a preset is made for, in the working folder."""
    if preset is None:
        raise ReliefError(
            "No file to write was named.", "Give one, such as relief.stl, or a --preset."
        )
    return [f"{Path(photo).stem}_{preset.name}{suffix}" for suffix in (preset.format, *preset.also)]


def _check(relief: Relief, preset: Preset) -> None:
    """Say what the machine that a preset is for would not like."""
    for check in relief.preflight(preset.target).checks:
        if check.status != "ok":
            print(f"{check.label}: {check.text}")


def _opened(arguments: argparse.Namespace) -> Relief:
    """Open a project; its depth map is there already."""
    from relief_widget.relief import Relief

    given = {name: getattr(arguments, name) for name in ("style", "depth_map", "near", "mask")}
    given |= given_options(arguments)
    given["provider"] = None if arguments.provider == "builtin" else arguments.provider
    _refuse(given, "a project, which has its depth map", "begin with the photo")
    relief, settings = Relief.open(arguments.photo), given_settings(arguments)
    if arguments.preset:
        return relief.like(arguments.preset, **settings)
    return relief.replace(**settings)


def _estimated(arguments: argparse.Namespace, tell: Callable[[str], None]) -> Relief:
    """Make the relief of a photo, by a provider or with the depth map that is given."""
    from relief_widget.image.photo import open_photo
    from relief_widget.relief import Relief

    settings = given_settings(arguments)
    preset = presets[arguments.preset] if arguments.preset else None
    if preset is not None and preset.source == "lithophane":
        given = {name: getattr(arguments, name) for name in ("style", "depth_map", "near", "mask")}
        given |= given_options(arguments) | {"provider": arguments.provider}
        _refuse(given, "a lithophane, which is made from brightness", "choose another preset")
        return Relief.from_photo(arguments.photo, preset=preset, **settings)
    mask = False if arguments.mask == "off" else arguments.mask
    if arguments.depth_map is None:
        photo = open_photo(arguments.photo, mask=mask)
        tell("")
        choose(arguments, photo)
        return Relief.from_photo(
            photo,
            provider=provider(arguments, tell),
            style=arguments.style,
            preset=preset,
            **settings,
        )
    return Relief.from_depth_map(
        arguments.depth_map,
        texture=arguments.photo,
        mask=mask,
        style=arguments.style,
        near=arguments.near or "bright",
        preset=preset,
        **settings,
    )


def _turned(relief: Relief) -> Relief:
    """Exchange near and far in the depth map that a provider made."""
    from relief_widget.heights.sources import Depth

    source = relief.source
    return replace(relief, source=source.turned()) if isinstance(source, Depth) else relief


def _refuse(given: Mapping[str, Any], what: str, instead: str) -> None:
    for flag, value in given.items():
        if value is not None:
            raise ReliefError(
                f"--{flag.replace('_', '-')} does not go with {what}.",
                f"Leave it out, or {instead}.",
            )
