"""What commands share: how one is added, and the flags for files, settings and lengths."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from relief_widget.settings import controls, default

if TYPE_CHECKING:
    from relief_widget.relief import Relief


PHOTOS = "JPEG, PNG, WebP, TIFF, BMP, GIF or HEIC"


def add_command(commands: Any, name: str, run: Callable[..., int | None], **texts: str) -> Any:
    """Add a command; `texts` are its help, description and epilog."""
    command = commands.add_parser(
        name,
        description=texts.get("description", texts["help"]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        **{key: text for key, text in texts.items() if key != "description"},
    )
    command.set_defaults(run=run)
    return command


def add_files(command: Any, of: str = PHOTOS, *, nargs: str = "+", more: str = "") -> None:
    """Add the photo and the files to write."""
    command.add_argument("photo", metavar="PHOTO", help=of)
    command.add_argument(
        "outputs", nargs=nargs, metavar="OUT", help=f"files to write, see below{more}"
    )


def add_thickness(group: Any, low: float, high: float) -> None:
    """Add the least and the greatest thickness."""
    for name, value, what in (("min", low, "thinnest"), ("max", high, "thickest")):
        group.add_argument(
            f"--{name}-mm",
            type=float,
            default=value,
            metavar="MM",
            help=f"thickness of the {what} place; default {value:g}",
        )


def add_detail(command: Any) -> None:
    """Add the flags that say how fine a mesh is."""
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


def given_detail(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return how fine a mesh is wanted, as `Relief.save` takes it."""
    if arguments.full_grid:
        return {"max_error_mm": None}
    names = ("max_error_mm", "max_triangles", "max_megabytes")
    return {name: value for name in names if (value := getattr(arguments, name)) is not None}


def add_lengths(command: Any, names: Sequence[str]) -> None:
    """Add lengths with units."""
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


def with_lengths(relief: Relief, arguments: argparse.Namespace) -> Relief:
    """Return the relief with the lengths that were asked for."""
    from relief_widget.settings.lengths import millimetres

    names = {"width": "width_mm", "height": "height_mm"}
    names |= {"relief_height": "relief_mm", "base_height": "base_mm"}
    given = {
        name: millimetres(text, arguments.units)
        for flag, name in names.items()
        if (text := getattr(arguments, flag, None)) is not None
    }
    return relief.sized(**given) if given else relief


def add_quiet(command: Any) -> None:
    """Add the flag that turns progress and summary off."""
    command.add_argument("-q", "--quiet", action="store_true", help="no progress and no summary")


def add_settings(command: Any, names: Sequence[str]) -> None:
    """Add a flag for each of some settings."""
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


def given_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that were given."""
    return {
        name: value for name in controls() if (value := getattr(arguments, name, None)) is not None
    }
