"""The command line: ``relief-widget make PHOTO OUT…`` and its siblings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relief_widget.cli_depth import (
    CACHE_HELP,
    add_cache,
    add_provider,
    choose,
    clear_or_show_cache,
    provider,
    report,
    step,
)
from relief_widget.cli_files import OUTPUTS, PROJECTS, check_outputs, write_all
from relief_widget.cli_settings import (
    PHOTOS,
    add_detail,
    add_files,
    add_lengths,
    add_quiet,
    add_settings,
    add_thickness,
    given_settings,
    with_lengths,
)
from relief_widget.errors import ReliefError
from relief_widget.settings import controls
from relief_widget.settings.presets import presets

if TYPE_CHECKING:
    from relief_widget.relief import Relief

_MAKE = f"""\
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

_LITHOPHANE = f"""\
A lithophane shows the photo when it is lit from behind: brightness becomes
thickness. Print it upright, in white. For true tones measure your filament once
with the part of 'relief-widget wedge' and pass the measurements with --table.

examples:
  relief-widget lithophane cat.jpg cat.stl cat.png --size-mm 120
  relief-widget lithophane cat.jpg cat.stl --table my_filament.csv

{OUTPUTS}
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, 2 for bad input, 130 when interrupted.

    ``check`` returns 1 when one of its checks is red.
    """
    arguments = _parser().parse_args(argv)
    try:
        return arguments.run(arguments) or 0
    except ReliefError as error:
        print(f"relief-widget: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nrelief-widget: stopped; unfinished files were removed.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    from relief_widget import __version__

    parser = argparse.ArgumentParser(
        prog="relief-widget",
        description="Turn a photo into a 3D relief, ready to print, mill or engrave.",
    )
    parser.add_argument("--version", action="version", version=f"relief-widget {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_make(commands)
    _add_lithophane(commands)
    _add_wedge(commands)
    _add_check(commands)
    _add_app(commands)
    add_cache(_add_command(commands, "cache", clear_or_show_cache, help=CACHE_HELP))
    return parser


def _add_command(commands: Any, name: str, run: Callable[..., int | None], **texts: str) -> Any:
    command = commands.add_parser(
        name,
        description=texts.get("description", texts["help"]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        **{key: text for key, text in texts.items() if key != "description"},
    )
    command.set_defaults(run=run)
    return command


def _add_make(commands: Any) -> None:
    make = _add_command(commands, "make", _make, help="Turn a photo into a relief.", epilog=_MAKE)
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


def _add_lithophane(commands: Any) -> None:
    command = _add_command(
        commands,
        "lithophane",
        _lithophane,
        help="Turn a photo into a lithophane.",
        epilog=_LITHOPHANE,
    )
    add_files(command)
    tones = command.add_argument_group("tones")
    add_thickness(tones, 0.8, 3.0)
    tones.add_argument(
        "--attenuation-per-mm",
        type=float,
        default=0.9,
        metavar="µ",
        help="how fast the material darkens, T = exp(-µ t); default 0.9",
    )
    tones.add_argument("--table", metavar="CSV", help="measured thickness in mm and light instead")
    add_settings(command, ["size_mm", "mirror", "mesh_quality"])
    add_lengths(command, ("width", "height"))
    add_detail(command)
    add_quiet(command)


def _add_check(commands: Any) -> None:
    from relief_widget.preflight import command as check

    text = "Look at a mesh file as a slicer would: closed, size, bed, walls, mass."
    check.add_arguments(_add_command(commands, "check", check.run, help=text, epilog=check.EPILOG))


def _add_app(commands: Any) -> None:
    command = _add_command(
        commands, "app", _app, help="Open the studio in a browser, served on this machine by Voilà."
    )
    command.add_argument("--port", type=int, default=8866, help="default 8866, or the next free")
    command.add_argument("--ip", default="127.0.0.1", help="address to listen at; default loopback")
    command.add_argument("--no-browser", action="store_true", help="open no browser")
    command.add_argument("options", nargs="*", metavar="-- OPTION", help="options for Voilà")


def _app(arguments: argparse.Namespace) -> None:
    from relief_widget.serve import serve

    serve(
        port=arguments.port,
        ip=arguments.ip,
        browser=not arguments.no_browser,
        options=arguments.options,
    )


def _add_wedge(commands: Any) -> None:
    command = _add_command(
        commands,
        "wedge",
        _wedge,
        help="Make the step wedge that calibrates lithophanes.",
        description="Make the step wedge that calibrates lithophanes: print it, light it from "
        "behind,\nmeasure the light through each step, and write 'thickness, light' lines as CSV.",
    )
    command.add_argument("outputs", nargs="+", metavar="OUT", help="files to write")
    steps = command.add_argument_group("steps")
    add_thickness(steps, 0.4, 4.0)
    steps.add_argument("--steps", type=int, default=10, help="2 to 20; default 10")
    add_detail(command)
    add_quiet(command)


def _make(arguments: argparse.Namespace) -> None:
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

    names = ("style", "depth_map", "mask", "model", "levels", "high")
    given = {name: getattr(arguments, name) for name in names}
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


def _lithophane(arguments: argparse.Namespace) -> None:
    from relief_widget.heights.lithophane import read_table
    from relief_widget.relief import Relief

    check_outputs(arguments.outputs, arguments.photo, arguments.table)
    relief = Relief.lithophane(
        arguments.photo,
        arguments.min_mm,
        arguments.max_mm,
        arguments.attenuation_per_mm,
        table=None if arguments.table is None else read_table(arguments.table),
        **given_settings(arguments),
    )
    write_all(with_lengths(relief, arguments), arguments)


def _wedge(arguments: argparse.Namespace) -> None:
    from relief_widget.relief import Relief

    check_outputs(arguments.outputs)
    write_all(Relief.step_wedge(arguments.min_mm, arguments.max_mm, arguments.steps), arguments)


if __name__ == "__main__":
    sys.exit(main())
