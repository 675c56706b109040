"""Terrain-RGB: elevation as colours, as map services send it."""

from __future__ import annotations

import numpy as np

from relief_widget.arrays import Array, BoolArray, FloatArray

# Elevation of the Earth in m, with some to spare.
_LOWEST, _HIGHEST = -11_100, 9_100
# So much of a tile must be elevation of the Earth.
_MOST = 0.995
# A step of the finer byte by more than this is a carry.
_CARRY = 128


def terrain_heights(values: Array) -> tuple[FloatArray, BoolArray, str] | None:
    """Decode elevation from colours; None where they are other colours.

    Mapbox: -10000 + (65536 R + 256 G + B) / 10, https://docs.mapbox.com/data/tilesets/reference/
    mapbox-terrain-rgb-v1/. Terrarium: 256 R + G + B / 256 - 32768, https://github.com/tilezen/
    joerd/blob/master/docs/formats.md.

    Parameters
    ----------
    values
        (H, W, 3) of 8 bits, or of 16 bits that hold 8.

    Returns
    -------
    tuple[FloatArray, BoolArray, str] | None
        float32 (H, W) in m, where there is no data, and the name of the code.
    """
    if values.dtype == np.uint16 and not (values % 257).any():
        values = values // 257
    elif values.dtype != np.uint8:
        return None
    red, green, blue = (values[..., band].astype(np.float64) for band in range(3))
    empty: BoolArray = (values == 0).all(axis=-1)
    if empty.mean() > 0.9 or (values[..., :1] == values[..., 1:]).all():
        return None
    there = ~empty
    mapbox = -10_000 + (65536 * red + 256 * green + blue) / 10
    if _is_mapbox(values, mapbox, there):
        return mapbox.astype(np.float32), empty, "Mapbox"
    terrarium = 256 * red + green + blue / 256 - 32768
    if _is_terrarium(values, terrarium, there):
        return terrarium.astype(np.float32), empty, "Terrarium"
    return None


def _on_earth(heights: Array, there: BoolArray) -> bool:
    found = heights[there]
    return bool(((found > _LOWEST) & (found < _HIGHEST)).mean() > _MOST)


def _is_mapbox(values: Array, heights: Array, there: BoolArray) -> bool:
    """Whether red is 1 or 2 nearly everywhere, and the heights are as smooth as land is."""
    red = values[..., 0][there]
    if not _on_earth(heights, there) or not np.isin(red, (1, 2)).mean() > 0.5:
        return False
    return _is_smooth(heights, values[..., 2], there)


def _is_terrarium(values: Array, heights: Array, there: BoolArray) -> bool:
    """Whether red and green are the digits of one number: where green turns over, red steps."""
    if not _on_earth(heights, there):
        return False
    red, green = values[..., 0].astype(np.int16), values[..., 1].astype(np.int16)
    carried = steps = 0
    for axis in (0, 1):
        down, across = np.diff(red, axis=axis), np.diff(green, axis=axis)
        turns = np.abs(across) > _CARRY
        steps += int((down != 0).sum())
        carried += int((turns & (np.sign(down) == -np.sign(across))).sum())
    if steps == 0:
        # Land within 256 m.
        return int(np.ptp(red[there])) == 0 and _is_smooth(heights, values[..., 2], there)
    # On steep land green turns over unseen; but the heights are then smoother by far than green is.
    smooth = _roughness(heights, there) < 0.4 * float(np.abs(np.diff(green, axis=1)).mean()) / 255
    return carried > 0.6 * steps or (smooth and _is_smooth(heights, values[..., 2], there))


def _roughness(heights: Array, there: BoolArray) -> float:
    """Return how much neighbours differ, as a share of the whole range."""
    both = there[:, 1:] & there[:, :-1]
    span = float(np.ptp(heights[there]))
    return (
        float(np.abs(np.diff(heights, axis=1))[both].mean()) / span if span and both.any() else 0.0
    )


def _is_smooth(heights: Array, fine: Array, there: BoolArray) -> bool:
    """Whether neighbours are alike in height, though not in its finest digit."""
    rough = _roughness(heights, there)
    noise = float(np.abs(np.diff(fine.astype(np.float64), axis=1)).mean())
    return rough < 0.15 and (noise == 0 or rough < noise / 255 + 0.05)
