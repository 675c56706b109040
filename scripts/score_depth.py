"""Score the depth providers on photos with known depth, and the subject mask on photos with one.

``python scripts/score_depth.py FOLDER… [--masks DIR] [--only ESTIMATOR]``

- FOLDER holds ``score.py``, which defines ``score(estimate, truth, valid, subject, luminance)``,
  and ``pairs/NAME.jpg`` with ``pairs/NAME.npz`` (``height``, ``valid``, ``subject``). Estimates
  are scored before compression.
- DIR holds ``NAME.jpg`` with ``NAME.png``, white on the subject; only the mask is scored.

IoU is that of the mask above 0.5 that the estimator found, and 0 where it found none; NaN where
the truth has no subject, or the mask was given. s is the seconds of an estimate; the network's
answer to a photo is kept, so an estimator may take less after another one of the same photo.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt

from relief_widget import Photo, open_photo
from relief_widget.depth import BuiltIn, DepthMap, Luminance, Style
from relief_widget.image.photo import grey_picture

FIGURES = ("rmse", "ord", "ord_s", "gc1", "gc4", "nae", "leak", "noise", "band", "IoU", "s")

Mask = npt.NDArray[np.bool_]
Estimator = Callable[[Photo, Mask], DepthMap]


def built_in(style: Style, *, true_mask: bool) -> Estimator:
    """Return the built-in estimator, with its own mask or with the true one."""

    def run(photo: Photo, subject: Mask) -> DepthMap:
        given = photo.with_mask(subject) if true_mask and subject.any() else photo
        return BuiltIn()(given, style)

    return run


def ramp(photo: Photo, subject: Mask) -> DepthMap:
    """Return "lower is nearer"."""
    del subject
    rows = np.linspace(0, 1, photo.height, dtype=np.float32)[:, None]
    return DepthMap(np.repeat(rows, photo.width, 1))


ESTIMATORS: dict[str, Estimator] = {
    "detailed": built_in("detailed", true_mask=False),
    "organic": built_in("organic", true_mask=False),
    "detailed, true mask": built_in("detailed", true_mask=True),
    "organic, true mask": built_in("organic", true_mask=True),
    "luminance": lambda photo, _: Luminance()(photo),
    "ramp": ramp,
}
# Those that find a subject by themselves.
MASKING = ("detailed", "organic")


def overlap(found: npt.NDArray[np.float32] | None, truth: Mask) -> float:
    """Return the intersection over union of two masks; NaN where there is no subject."""
    if not truth.any():
        return np.nan
    if found is None:
        return 0.0
    inside = found > 0.5
    return float((inside & truth).sum() / (inside | truth).sum())


def scorer(folder: Path) -> ModuleType:
    """Load ``score.py`` from the folder."""
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def head(first: str, figures: Sequence[str]) -> None:
    """Print the head of a table."""
    print(f"| {first} | {' | '.join(figures)} |")
    print("|---" * (len(figures) + 1) + "|")


def row(label: str, values: Sequence[float]) -> None:
    """Print a row of a table."""
    print(f"| {label} | {' | '.join(f'{value:.3f}' for value in values)} |", flush=True)


def mean(rows: Sequence[Sequence[float]]) -> list[float]:
    """Return the mean of each column over the rows that have it."""
    columns = (np.asarray(column)[np.isfinite(column)] for column in zip(*rows, strict=True))
    return [float(column.mean()) if column.size else np.nan for column in columns]


def depths(folder: Path, chosen: Sequence[str]) -> None:
    """Print a table for each estimator, and one of their means."""
    judge = scorer(folder)
    pairs = sorted(folder.glob("pairs/*.npz"))
    means: dict[str, list[float]] = {}
    for label in chosen:
        print(f"\n{folder.name}, {len(pairs)} photos: {label}\n")
        head("photo", FIGURES)
        rows = []
        for path in pairs:
            truth = np.load(path)
            subject = truth["subject"]
            photo = open_photo(path.with_suffix(".jpg"))
            start = time.perf_counter()
            estimate = ESTIMATORS[label](photo, subject)
            seconds = time.perf_counter() - start
            figures = judge.score(
                estimate.values.astype(float),
                truth["height"].astype(float),
                truth["valid"],
                subject,
                np.asarray(photo.image().convert("L"), dtype=float) / 255,
            )
            figures["s"] = seconds
            figures["IoU"] = overlap(estimate.mask, subject) if label in MASKING else np.nan
            rows.append([figures.get(name, np.nan) for name in FIGURES])
            row(path.stem, rows[-1])
        means[label] = mean(rows)
        row("mean", means[label])
    print(f"\n{folder.name}, means of {len(pairs)} photos\n")
    head("estimator", FIGURES)
    for label, values in means.items():
        row(label, values)


def masks(folder: Path) -> None:
    """Print how well the subject is found on photos with a known mask."""
    paths = sorted(path for path in folder.glob("*.png") if path.with_suffix(".jpg").exists())
    print(f"\n{folder.name}: the mask on {len(paths)} photos\n")
    head("photo", ("IoU", "s"))
    rows = []
    for path in paths:
        photo = open_photo(path.with_suffix(".jpg"))
        truth = grey_picture(path).values
        start = time.perf_counter()
        found = BuiltIn()(photo).mask
        seconds = time.perf_counter() - start
        rows.append([overlap(found, truth > truth.max() / 2), seconds])
        row(path.stem, rows[-1])
    row("mean", mean(rows))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--masks", action="append", default=[], type=Path, metavar="DIR")
    parser.add_argument("--only", action="append", choices=ESTIMATORS, help="may be given again")
    arguments = parser.parse_args()
    if not arguments.folders and not arguments.masks:
        parser.error("give a FOLDER, or --masks DIR")
    for folder in arguments.folders:
        depths(folder, arguments.only or list(ESTIMATORS))
    for folder in arguments.masks:
        masks(folder)


if __name__ == "__main__":
    main()
