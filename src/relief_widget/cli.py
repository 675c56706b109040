"""The command line: ``relief-widget make PHOTO OUT…`` and its siblings."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relief_widget.cli_depth import (
    CACHE_HELP,
    add_cache,
    add_provider,
    clear_or_show_cache,
    provider,
    report,
    step,
)
from relief_widget.errors import ReliefError
from relief_widget.named_presets import presets
from relief_widget.settings import controls, default

if TYPE_CHECKING:
    from relief_widget.relief import Relief

_OUTPUTS = """\
output files, by suffix:
  .stl            mesh for slicers (binary, millimetres)
  .obj            mesh with texture coordinates
  .obj.zip        mesh, material and the photo as its texture
  .png            picture of the relief (of a lithophane: lit from behind)
  .height.png     height map, 16 bits, bright = high
  .tiff           height map, 32-bit float, bright = high
  .depth.png      the depth map itself, 16 bits, to use again with --depth-map
  .depth.tiff     the same, 32-bit float"""

_MAKE = f"""\
examples:
  relief-widget make cat.jpg cat.stl
  relief-widget make anna.jpg anna.stl anna.png --preset portrait --size-mm 120
  relief-widget make logo.png stamp.stl --preset logo_text --invert
  relief-widget make cat.jpg cat.obj.zip --mode planar --depth-cutoff 0.3
  relief-widget make cat.jpg cat.stl --depth-map cat_depth16.png
  relief-widget make cat.jpg cat.stl --provider gemini --model nano-banana-pro --size 4K

{_OUTPUTS}
"""

_LITHOPHANE = f"""\
A lithophane shows the photo when it is lit from behind: brightness becomes
thickness. Print it upright, in white. For true tones measure your filament once
with the part of 'relief-widget wedge' and pass the measurements with --table.

examples:
  relief-widget lithophane cat.jpg cat.stl cat.png --size-mm 120
  relief-widget lithophane cat.jpg cat.stl --table my_filament.csv

{_OUTPUTS}
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
    _add_files(make)
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
    _add_settings(make, [n for n, control in controls().items() if control.kind != "display"])
    _add_detail(make)
    make.add_argument(
        "--polarity",
        choices=("bright_high", "dark_high"),
        default="bright_high",
        help="of height maps; bright_high, where dark is deep, suits engraving programs",
    )
    _add_lengths(make, ("width", "height", "relief-height", "base-height"))
    _add_quiet(make)


def _add_lithophane(commands: Any) -> None:
    command = _add_command(
        commands,
        "lithophane",
        _lithophane,
        help="Turn a photo into a lithophane.",
        epilog=_LITHOPHANE,
    )
    _add_files(command)
    tones = command.add_argument_group("tones")
    _add_thickness(tones, 0.8, 3.0)
    tones.add_argument(
        "--attenuation-per-mm",
        type=float,
        default=0.9,
        metavar="µ",
        help="how fast the material darkens, T = exp(-µ t); default 0.9",
    )
    tones.add_argument("--table", metavar="CSV", help="measured thickness in mm and light instead")
    _add_settings(command, ["size_mm", "mirror", "mesh_quality"])
    _add_lengths(command, ("width", "height"))
    _add_detail(command)
    _add_quiet(command)


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
    _add_thickness(steps, 0.4, 4.0)
    steps.add_argument("--steps", type=int, default=10, help="2 to 20; default 10")
    _add_detail(command)
    _add_quiet(command)


def _add_files(command: Any) -> None:
    command.add_argument("photo", metavar="PHOTO", help="JPEG, PNG, WebP, TIFF, BMP, GIF or HEIC")
    command.add_argument("outputs", nargs="+", metavar="OUT", help="files to write, see below")


def _add_thickness(group: Any, low: float, high: float) -> None:
    for name, value, what in (("min", low, "thinnest"), ("max", high, "thickest")):
        group.add_argument(
            f"--{name}-mm",
            type=float,
            default=value,
            metavar="MM",
            help=f"thickness of the {what} place; default {value:g}",
        )


def _add_detail(command: Any) -> None:
    group = command.add_argument_group(
        "mesh files",
        "Meshes have few triangles where the surface is even. By default they differ from the full "
        "grid by less than a machine can show.",
    ).add_mutually_exclusive_group()
    group.add_argument(
        "--max-error-mm", type=float, metavar="MM", help="greatest error along z instead"
    )
    group.add_argument("--full-grid", action="store_true", help="every vertex, as large as it is")
    group.add_argument(
        "--max-triangles", type=int, metavar="N", help="as fine as so many triangles allow"
    )
    group.add_argument(
        "--max-megabytes", type=float, metavar="MB", help="as fine as so large a file allows"
    )


def _detail(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.full_grid:
        return {"max_error_mm": None}
    names = ("max_error_mm", "max_triangles", "max_megabytes")
    return {name: value for name in names if (value := getattr(arguments, name)) is not None}


def _add_lengths(command: Any, names: Sequence[str]) -> None:
    group = command.add_argument_group("lengths")
    for name in names:
        group.add_argument(
            f"--{name}",
            metavar="LENGTH",
            help=f"{name.replace('-', ' ')} of the part, such as 80mm, 8cm or 3.5in".replace(
                "height of the part", "height"
            ),
        )
    group.add_argument(
        "--units",
        choices=("mm", "inch"),
        default="mm",
        help="of lengths without a unit, and of the size that is printed; files stay in mm",
    )


def _sized(relief: Relief, arguments: argparse.Namespace) -> Relief:
    from relief_widget.lengths import millimetres

    names = {"width": "width_mm", "height": "height_mm"}
    names |= {"relief_height": "relief_mm", "base_height": "base_mm"}
    given = {
        name: millimetres(text, arguments.units)
        for flag, name in names.items()
        if (text := getattr(arguments, flag, None)) is not None
    }
    return relief.sized(**given) if given else relief


def _add_quiet(command: Any) -> None:
    command.add_argument("-q", "--quiet", action="store_true", help="no progress and no summary")


def _add_settings(command: Any, names: Sequence[str]) -> None:
    group = command.add_argument_group("settings")
    for name in names:
        control = controls()[name]
        flag = f"--{name.replace('_', '-')}"
        options: dict[str, Any] = {"dest": name, "default": None}
        if control.choices:
            texts = {str(choice).lower(): choice for choice in control.choices}
            options |= {"type": _choice(texts), "metavar": "|".join(texts)}
            span = f"Default {str(default(name)).lower()}."
        elif isinstance(default(name), bool):
            options["action"] = argparse.BooleanOptionalAction
            span = ""
        elif isinstance(default(name), str):
            options |= {"type": _text, "metavar": "TEXT"}
            span = "\\n begins a new line."
        else:
            # The settings check the range themselves, in a sentence that says what to do.
            options |= {"type": float, "metavar": (control.unit or "x").upper()}
            span = f"{control.low:g} to {control.high:g}, default {default(name):g}."
        if control.mode is not None and control.kind != "object":
            span += f" Only with --mode {control.mode}."
        group.add_argument(flag, help=f"{control.help} {span}".strip(), **options)


def _text(text: str) -> str:
    return text.replace("\\n", "\n")


def _choice(texts: dict[str, Any]) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        if text.lower() not in texts:
            raise argparse.ArgumentTypeError(f"choose {', '.join(texts)}")
        return texts[text.lower()]

    return parse


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        name: value for name in controls() if (value := getattr(arguments, name, None)) is not None
    }


def _make(arguments: argparse.Namespace) -> None:
    from relief_widget.relief import Relief

    _check_outputs(arguments.outputs, arguments.photo, arguments.depth_map, arguments.mask)
    settings = _settings(arguments)
    mask = False if arguments.mask == "off" else arguments.mask
    with step("Reading the depth", arguments.quiet) as tell:
        if arguments.depth_map is not None:
            preset = presets[arguments.preset] if arguments.preset else None
            relief = Relief.from_depth_map(
                arguments.depth_map,
                texture=arguments.photo,
                mask=mask,
                style=arguments.style or (preset.style if preset else "detailed"),
                **(dict(preset or {}) | settings),
            )
        else:
            relief = Relief.from_photo(
                arguments.photo,
                provider=provider(arguments, tell),
                style=arguments.style,
                preset=arguments.preset,
                mask=mask,
                **settings,
            )
    if not arguments.quiet and relief.depth_map is not None:
        report(relief.depth_map)
    _write(_sized(relief, arguments), arguments)


def _lithophane(arguments: argparse.Namespace) -> None:
    from relief_widget.lithophane import read_table
    from relief_widget.relief import Relief

    _check_outputs(arguments.outputs, arguments.photo, arguments.table)
    relief = Relief.lithophane(
        arguments.photo,
        arguments.min_mm,
        arguments.max_mm,
        arguments.attenuation_per_mm,
        table=None if arguments.table is None else read_table(arguments.table),
        **_settings(arguments),
    )
    _write(_sized(relief, arguments), arguments)


def _wedge(arguments: argparse.Namespace) -> None:
    from relief_widget.relief import Relief

    _check_outputs(arguments.outputs)
    _write(Relief.step_wedge(arguments.min_mm, arguments.max_mm, arguments.steps), arguments)


def _check_outputs(outputs: Sequence[str], *inputs: str | None) -> None:
    """Refuse a wrong suffix or folder, or an input as output, before the long work."""
    from relief_widget.export import check_target

    read = {Path(name).resolve() for name in inputs if name}
    for output in outputs:
        check_target(Path(output))
        if Path(output).resolve() in read:
            raise ReliefError(
                f"{Path(output).name} is also what is read, and would be overwritten.",
                "Give the output another name.",
            )


def _write(relief: Relief, arguments: argparse.Namespace) -> None:
    from relief_widget.export import HEIGHT_MAPS, MESHES, suffix_of
    from relief_widget.export.weight import megabytes

    detail = _detail(arguments)
    for output in arguments.outputs:
        path = Path(output)
        suffix = suffix_of(path)
        if suffix in MESHES:
            with (
                step(f"Triangulating {path.name}", arguments.quiet),
                warnings.catch_warnings(record=True) as caught,
            ):
                weight = relief.weigh(suffix, **detail)
            for warning in caught:
                print(f"relief-widget: {warning.message}", file=sys.stderr)
            if not arguments.quiet:
                print(f"{path.name}: {weight}", flush=True)
        if suffix in HEIGHT_MAPS:
            proof = relief.save_height_map(path, getattr(arguments, "polarity", "bright_high"))
            if not arguments.quiet:
                print(f"{path.name}: {proof}", flush=True)
            continue
        with _progress_bar(path.name, arguments.quiet) as progress:
            relief.save(path, progress=progress, **detail)
    if not arguments.quiet:
        width, depth, height = relief.part.extents
        written = (
            f"{output} ({megabytes(Path(output).stat().st_size)})" for output in arguments.outputs
        )
        unit = getattr(arguments, "units", "mm")
        factor, digits = (25.4, 3) if unit == "inch" else (1.0, 2)
        size = " × ".join(f"{length / factor:.{digits}f}" for length in (width, depth, height))
        print(f"{size} {unit}: {', '.join(written)}")
        confidence = relief.depth_map.confidence if relief.depth_map is not None else None
        if (
            confidence is not None
            and relief.depth_map is not None
            and relief.depth_map.mask is None
        ):
            print(
                "No single clear subject was found, so the depth is a rough guess of the scene. A "
                "mask (--mask) or a depth map (--depth-map) gives a better relief."
            )


@contextmanager
def _progress_bar(name: str, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc=name, leave=False, unit_scale=True, delay=0.3) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress


if __name__ == "__main__":
    sys.exit(main())
