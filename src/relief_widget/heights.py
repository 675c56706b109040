"""From a depth map to the height field: the filters in order, each stage cached."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class HeightField:
    """Heights over a rectangular grid.

    Attributes
    ----------
    values
        float32 (rows, cols) in [0, 1], row 0 = top of the photo, read-only.
    aspect
        Width of the part divided by its height.
    """

    values: npt.NDArray[np.float32]
    aspect: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, cols = self.values.shape
        return rows, cols
