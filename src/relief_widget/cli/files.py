"""The command line's files: which can be written, and writing them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from relief_widget.cli.depth import step
from relief_widget.cli.settings import given_detail
from relief_widget.errors import ReliefError
from relief_widget.export.formats import FORMATS, check_target, format_of
from relief_widget.export.weight import megabytes

if TYPE_CHECKING:
    from relief_widget.relief import Relief

PROJECTS = tuple(suffix for suffix, known in FORMATS.items() if known.opens)
"""What can be gone on with instead of a photo."""

OUTPUTS = "output files, by suffix:\n" + "\n".join(
    f"  {suffix:<16}{known.help}" for suffix, known in FORMATS.items()
)


def check_outputs(outputs: Sequence[str], *inputs: str | None) -> None:
    """Refuse a wrong suffix or folder, or an input as output, before the long work."""
    read = {Path(name).resolve() for name in inputs if name}
    for output in outputs:
        check_target(Path(output))
        if Path(output).resolve() in read:
            raise ReliefError(
                f"{Path(output).name} is also what is read, and would be overwritten.",
                "Give the output another name.",
            )


def write_all(relief: Relief, arguments: argparse.Namespace) -> None:
    """Write every file that was asked for, and say what was written."""
    detail = given_detail(arguments)
    for output in arguments.outputs:
        path = Path(output)
        known = format_of(path)
        if known.size is not None:
            with step(f"Triangulating {path.name}", arguments.quiet):
                weight = relief.weigh(known.suffix, **detail)
            for note in weight.notes:
                print(f"relief-widget: {note}", file=sys.stderr)
            if not arguments.quiet:
                print(f"{path.name}: {weight}", flush=True)
        if known.kind == "height map":
            proof = relief.save_height_map(path, getattr(arguments, "polarity", "bright_high"))
            if not arguments.quiet:
                print(f"{path.name}: {proof}", flush=True)
            continue
        with _progress_bar(path.name, arguments.quiet) as progress:
            relief.save(path, progress=progress, **detail)
    if not arguments.quiet:
        made = relief.body(**detail) if relief.is_object else relief.part
        width, depth, height = made.extents
        written = (
            f"{output} ({megabytes(Path(output).stat().st_size)})" for output in arguments.outputs
        )
        unit = getattr(arguments, "units", "mm")
        factor, digits = (25.4, 3) if unit == "inch" else (1.0, 2)
        size = " × ".join(f"{length / factor:.{digits}f}" for length in (width, depth, height))
        print(f"{size} {unit}: {', '.join(written)}")


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
