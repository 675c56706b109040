"""Types of arrays, by what they hold; their shapes stand in the docstrings."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from relief_widget.errors import ReliefError

Array: TypeAlias = npt.NDArray[Any]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
ByteArray: TypeAlias = npt.NDArray[np.uint8]
DoubleArray: TypeAlias = npt.NDArray[np.float64]
FloatArray: TypeAlias = npt.NDArray[np.float32]
IndexArray: TypeAlias = npt.NDArray[np.intp]
IntArray: TypeAlias = npt.NDArray[np.int32]
Pixels: TypeAlias = ByteArray | FloatArray


def frozen(values: npt.ArrayLike, dtype: npt.DTypeLike | None = None) -> Array:
    """Return a read-only, C-contiguous copy."""
    array = np.array(values, dtype=dtype, order="C")
    array.setflags(write=False)
    return array


def check_finite(what: str, *values: npt.ArrayLike) -> None:
    """Refuse what is not all numbers: NaN and infinity.

    Asked once of every height field, and again by every writer of what it writes: a part with such
    a place cannot be made, and no program says why.

    Parameters
    ----------
    what
        What it is of, in the plural.
    *values
        Arrays, and single numbers.

    Raises
    ------
    ReliefError
        There is one that is no number.
    """
    if not all(np.isfinite(array).all() for array in values):
        raise ReliefError(
            f"{what} are not all numbers (NaN or infinity), so nothing was made of them.",
            "Choose other settings or another depth map.",
        )
