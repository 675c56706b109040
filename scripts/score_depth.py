"""Score the depth providers on photos with known depth.

``python scripts/score_depth.py FOLDER``: FOLDER holds ``score.py``, which defines ``score(estimate,
truth, valid, subject, luminance)``, and ``pairs/NAME.jpg`` with ``pairs/NAME.npz`` (``height``,
``valid``, ``subject``). Estimates are scored before compression.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt

from relief_widget import Photo, open_photo
from relief_widget.depth import BuiltIn, Luminance, Style

FIGURES = ("rmse", "ord", "ord_s", "gc4", "leak", "noise", "band")

Estimator = Callable[[Photo, npt.NDArray[np.bool_]], npt.NDArray[np.float32]]


def built_in(style: Style, *, true_mask: bool) -> Estimator:
    """Return the built-in estimator, with its own mask or with the true one."""

    def run(photo: Photo, subject: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
        given = photo.with_mask(subject) if true_mask and subject.any() else photo
        return BuiltIn()(given, style).values

    return run


def ramp(photo: Photo, subject: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Return "lower is nearer"."""
    del subject
    return np.repeat(np.linspace(0, 1, photo.height, dtype=np.float32)[:, None], photo.width, 1)


ESTIMATORS: dict[str, Estimator] = {
    "detailed": built_in("detailed", true_mask=False),
    "organic": built_in("organic", true_mask=False),
    "detailed, true mask": built_in("detailed", true_mask=True),
    "organic, true mask": built_in("organic", true_mask=True),
    "luminance": lambda photo, _: Luminance()(photo).values,
    "ramp": ramp,
}


def scorer(folder: Path) -> ModuleType:
    """Load ``score.py`` from the folder."""
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Print a table per estimator."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    judge = scorer(folder)
    for label, estimator in ESTIMATORS.items():
        print(f"\n{label}\n")
        print(f"| photo | {' | '.join(FIGURES)} | s |")
        print("|---" * (len(FIGURES) + 2) + "|")
        rows = []
        for path in sorted(folder.glob("pairs/*.npz")):
            truth = np.load(path)
            photo = open_photo(path.with_suffix(".jpg"))
            start = time.perf_counter()
            estimate = estimator(photo, truth["subject"])
            seconds = time.perf_counter() - start
            figures = judge.score(
                estimate.astype(float),
                truth["height"].astype(float),
                truth["valid"],
                truth["subject"],
                np.asarray(photo.image().convert("L"), dtype=float) / 255,
            )
            rows.append([figures.get(name, np.nan) for name in FIGURES] + [seconds])
            print(f"| {path.stem} | {' | '.join(f'{value:.3f}' for value in rows[-1])} |")
        print(f"| mean | {' | '.join(f'{value:.3f}' for value in np.nanmean(rows, axis=0))} |")


if __name__ == "__main__":
    main()
