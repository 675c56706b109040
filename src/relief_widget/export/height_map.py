"""Height maps: 16-bit PNG and 32-bit float TIFF, bright = high."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.atomic import atomic_path


def write_height_png(heights: npt.NDArray[np.float32], path: Path) -> None:
    """Write heights as a 16-bit grey PNG: 0 is black, 1 is 65535.

    Parameters
    ----------
    heights
        float32 (rows, cols) in [0, 1].
    path
        Where to.

    Raises
    ------
    ReliefError
        The file cannot be written.
    """
    levels = np.rint(heights.astype(np.float64) * 65535).astype(np.uint16)
    with atomic_path(path) as temporary:
        Image.fromarray(levels).save(temporary, "PNG")


def write_height_tiff(heights: npt.NDArray[np.float32], path: Path) -> None:
    """Write heights as a 32-bit float TIFF, exactly as they are.

    Parameters
    ----------
    heights
        float32 (rows, cols) in [0, 1].
    path
        Where to.

    Raises
    ------
    ReliefError
        The file cannot be written.
    """
    with atomic_path(path) as temporary:
        Image.fromarray(np.ascontiguousarray(heights)).save(temporary, "TIFF")
