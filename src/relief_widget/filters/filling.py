"""What is not known, from what is."""

from __future__ import annotations

from relief_widget.arrays import Array, BoolArray


def nearest_known(known: BoolArray, *planes: Array) -> tuple[Array, ...]:
    """Continue values to where they are not known: each becomes the nearest one that is.

    Parameters
    ----------
    known
        (H, W), somewhere true.
    planes
        (H, W, ...) each.
    """
    from scipy import ndimage

    index = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
    return tuple(plane[tuple(index)] for plane in planes)
