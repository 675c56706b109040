"""Whether a depth map covers the photo: drift found by phase correlation, and undone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage, optimize

from relief_widget.arrays import DoubleArray, FloatArray
from relief_widget.filters import gaussian, resample

_SIDE = 512
_BLUR = 1.5
# Zooms that image models were seen to do, and somewhat more.
_LIKELY = 6
_SCALES = np.linspace(0.86, 1.16, 31)
# How much the agreement of the edges falls when the map is moved by 6 pixels of 512. Measured on 4
# photos with true depth and 9 with the built-in estimate, each with its own map (0.042 and more,
# all but one above 0.1) and with those of others, moved to where they fit best (0.027 at most).
# The agreement itself does not tell them apart: two subjects in the middle agree by 0.45.
_AWAY, _SHARP = 6, 0.034
# A drift must raise the agreement by so much, absolutely and by this factor, to be undone: maps
# without drift gain less by chance.
_GAIN, _FACTOR = 0.04, 1.1
# In pixels of 512, and as a factor: less than this nobody sees.
_LEAST_SHIFT, _LEAST_ZOOM = 0.75, 0.004


@dataclass(frozen=True)
class Alignment:
    """How a depth map lies on the photo.

    Attributes
    ----------
    right, down
        How far the map's content was shifted, as shares of its width and height.
    zoom
        By what factor it was enlarged about the middle.
    before, after
        Agreement of the edges, 0 to 1, as it came and as it is now.
    related
        Whether the map shows what the photo shows.
    undone
        Whether the drift was undone.
    """

    right: float
    down: float
    zoom: float
    before: float
    after: float
    related: bool
    undone: bool


def edges(values: FloatArray) -> FloatArray:
    """Return the strength of the edges of a picture, float32 in [0, 1), large ones compressed."""
    smooth = gaussian(np.ascontiguousarray(values, np.float32), _BLUR)
    down, right = np.gradient(smooth)
    strength = np.hypot(down, right)
    return np.asarray(strength / (strength + 2 * strength.mean() + 1e-6), np.float32)


def agreement(one: FloatArray, other: FloatArray) -> float:
    """Return the correlation of two edge pictures, without their border."""
    rim = max(2, min(one.shape) // 50)
    return correlation(one[rim:-rim, rim:-rim], other[rim:-rim, rim:-rim])


def correlation(one: FloatArray, other: FloatArray, otherwise: float = 0.0) -> float:
    """Return the correlation of two arrays; `otherwise` where one of them is constant."""
    a, b = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum() / norm) if norm > 0 else otherwise


def within(shape: tuple[int, ...], side: int, least: int) -> tuple[int, int]:
    """Return rows and columns of at most `side`, in proportion, and of at least `least`."""
    share = min(1.0, side / max(shape))
    return max(least, round(shape[0] * share)), max(least, round(shape[1] * share))


def aligned(depth: FloatArray, luminance: FloatArray) -> tuple[FloatArray, Alignment]:
    """Find how a depth map drifted against its photo, and undo it where that is certain.

    Parameters
    ----------
    depth, luminance
        float32 in [0, 1]; of the same proportions, of any sizes.

    Returns
    -------
    tuple[FloatArray, Alignment]
        The map, untouched where it did not drift or where that is uncertain, and what was found.
    """
    photo = resample(luminance, within(luminance.shape, _SIDE, 16))
    rows, cols = photo.shape
    shrunk = resample(depth, (rows, cols))
    target, moving = edges(photo), edges(shrunk)
    before = agreement(target, moving)
    guess = _search(_halved(target), _halved(moving))
    zoom, down, right = _refined(shrunk, target, guess)
    after = _agreement_at(shrunk, target, zoom, down, right)
    drifted = np.hypot(down, right) > _LEAST_SHIFT or abs(zoom - 1) > _LEAST_ZOOM
    better = after > before + _GAIN and after > before * _FACTOR
    related = after - _nearby(shrunk, target, zoom, down, right) > _SHARP
    if not (drifted and better and related):
        if drifted:
            related = before - _nearby(shrunk, target, 1.0, 0.0, 0.0) > _SHARP
        found = Alignment(0.0, 0.0, 1.0, before, before, related=related, undone=False)
        return depth, found
    full = depth.shape
    straight = _moved(depth, zoom, down * full[0] / rows, right * full[1] / cols)
    shift = right / cols, down / rows
    return straight, Alignment(*shift, zoom, before, after, related=True, undone=True)


def _agreement_at(
    depth: FloatArray, target: FloatArray, zoom: float, down: float, right: float
) -> float:
    return agreement(target, edges(_moved(depth, zoom, down, right)))


def _nearby(depth: FloatArray, target: FloatArray, zoom: float, down: float, right: float) -> float:
    """Return the mean agreement a little away, in four directions."""
    places = ((_AWAY, 0), (-_AWAY, 0), (0, _AWAY), (0, -_AWAY))
    return float(
        np.mean([_agreement_at(depth, target, zoom, down + y, right + x) for y, x in places])
    )


def _halved(values: FloatArray) -> FloatArray:
    return resample(values, (max(16, values.shape[0] // 2), max(16, values.shape[1] // 2)))


def _search(target: FloatArray, moving: FloatArray) -> tuple[float, float, float]:
    """Return zoom and shift, in pixels of twice the size, by phase correlation over all zooms."""
    rows, cols = target.shape
    window = np.hanning(rows)[:, None] * np.hanning(cols)[None, :]
    spectrum = fft.rfft2((target - target.mean()) * window)
    peaks: list[tuple[float, float, float, float]] = []
    for zoom in _SCALES:
        # Undoing the zoom about the middle.
        other = _moved(moving, float(zoom), 0.0, 0.0)
        cross = spectrum * np.conj(fft.rfft2((other - other.mean()) * window))
        cross /= np.sqrt(np.abs(cross)) + 1e-9
        surface = ndimage.gaussian_filter(fft.irfft2(cross, s=(rows, cols)), 0.8, mode="wrap")
        surface[rows // 4 : -(rows // 4)] = -1.0
        surface[:, cols // 4 : -(cols // 4)] = -1.0
        place = np.unravel_index(int(surface.argmax()), surface.shape)
        down, right = (
            -float(i - length if i > length // 2 else i)
            for i, length in zip(place, surface.shape, strict=True)
        )
        peaks.append((float(surface[place]), float(zoom), down, right))
    # The highest peaks are not always the best fits.
    likely = [place[1:] for place in sorted(peaks, reverse=True)[:_LIKELY]]
    fits = [agreement(target, _moved(moving, *place)) for place in likely]
    zoom, down, right = likely[int(np.argmax(fits))]
    return zoom, 2 * down, 2 * right


def _refined(
    depth: FloatArray, target: FloatArray, guess: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Return zoom and shift to parts of a pixel, by the agreement itself."""

    def worse(place: DoubleArray) -> float:
        return -_agreement_at(depth, target, 1 + place[0] / 100, place[1], place[2])

    start = np.array([100 * (guess[0] - 1), guess[1], guess[2]])
    simplex = start + np.array([[0, 0, 0], [0.8, 0, 0], [0, 1.5, 0], [0, 0, 1.5]])
    found = optimize.minimize(
        worse,
        start,
        method="Nelder-Mead",
        options={"initial_simplex": simplex, "maxfev": 48, "xatol": 0.03, "fatol": 1e-4},
    )
    zoom, down, right = found.x
    return 1 + float(zoom) / 100, float(down), float(right)


def _moved(values: FloatArray, zoom: float, down: float, right: float) -> FloatArray:
    """Return what lies at ``(place - middle) * zoom + middle + shift`` of each place."""
    middle = (np.array(values.shape) - 1) / 2
    offset = middle * (1 - zoom) + np.array([down, right])
    moved: FloatArray = ndimage.affine_transform(
        values, np.array([zoom, zoom]), offset, order=1, mode="nearest", output=np.float32
    )
    return moved
