"""What the numbers of a depth map mean: colours, gaps, infinity, wild values, near and far.

Files that other programs write are read as the users of those programs mean them, and what had to
be assumed is said.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from relief_widget.arrays import Array, BoolArray, DoubleArray
from relief_widget.depth.depth_map import Near
from relief_widget.depth.quality.tone import grey_of
from relief_widget.depth.terrain import terrain_heights
from relief_widget.errors import DepthError
from relief_widget.filters.filling import enclosed, filled, nearest_known, strays
from relief_widget.image.decoding import Picture
from relief_widget.image.reading import white_of

# Larger maps are thinned out: no grid shows more.
_MOST_SIDE = 4096
# What stands for no data in elevation files, where the file does not say: the usual values of
# GDAL's and ESRI's programs, and the least of 16-bit integers and of 32-bit floats.
_NO_DATA = (-9999.0, -99999.0, -32768.0, -32767.0, -3.4028234663852886e38, -1e32, 9.96921e36)
# A value of that list stands for no data where it lies this many spans from all others.
_APART = 0.25
# Many values that are so many spans farther than all others, and so large, are as good as infinite:
# programs write 65504 or 1e10 for the sky. Of others, and of these, there are at least such shares.
_ENDLESS, _HUGE, _LEAST, _FEW = 1e3, 9e3, 0.02, 1e-3
# So many values, picked evenly, stand for all.
_SAMPLE = 200_000
# Gaps at the border that cover less than this are mended like those inside.
_SPECKS = 0.005
# A picture of a single colour, within rounding.
_EVEN = 2 / 255

EVEN_ALL_OVER = "The depth map is even all over: there is nothing to raise. Use another one."


@dataclass(frozen=True, eq=False)
class Meaning:
    """A depth map as it is meant.

    Attributes
    ----------
    values
        (H, W), numbers of the file's own type, without gaps; larger = brighter.
    said
        What was assumed, in sentences.
    far
        Where nothing is seen, which is as far away as can be; or None.
    measured
        They are elevations, and no levels between black and white.
    tint
        Mean distance of the colours from grey, in [0, 1].
    """

    values: Array
    said: tuple[str, ...] = ()
    far: BoolArray | None = None
    measured: bool = False
    tint: float = 0.0


def meaning_of(picture: Picture, near: Near) -> Meaning:
    """Tell what a picture of depth means.

    Parameters
    ----------
    picture
        As it was opened: NaN and infinity may be among its numbers.
    near
        Whether its bright or its dark parts are near.

    Raises
    ------
    DepthError
        Its colours are those of a heat map or a photo; or there is nothing but gaps.
    """
    picture = _thinned(picture)
    values, hidden, said = _visible(picture)
    tint = 0.0
    unknown = np.zeros(values.shape[:2], np.bool_)
    if values.ndim == 3:
        found = terrain_heights(values) if picture.lossless else None
        if found is not None:
            values, unknown, name = found
            said.append(
                f"The depth map is terrain-RGB ({name}): its colours were decoded to heights from "
                f"{values[~unknown].min():,.0f} to {values[~unknown].max():,.0f} m."
            )
        else:
            values, tint = grey_of(_unit_or_same(values))
    if values.dtype == np.bool_:
        return Meaning(values, tuple(said), hidden)
    if hidden is not None:
        unknown |= hidden
    marked = _no_data(values, unknown, picture.nodata)
    if marked.any():
        share = marked.sum() / marked.size
        said.append(f"{_share(share)} of the depth map has no data ({values[marked][0]:g}).")
        unknown |= marked
    values, more, holes, below, above = _finite(values, unknown, near)
    closed = _closed(values, holes, below, above, hidden, (*said, *more))
    return dataclasses.replace(closed, measured=bool(marked.any()), tint=tint)


def _thinned(picture: Picture) -> Picture:
    """Return every second or third pixel of a giant map: means would blur what its numbers mean."""
    step = -(-max(picture.values.shape[:2]) // _MOST_SIDE)
    if step == 1:
        return picture
    # Of a strip two rows are left, too.
    rows, cols = (
        np.linspace(0, side - 1, max(2, -(-side // step))).astype(np.intp)
        if side <= step
        else np.arange(0, side, step)
        for side in picture.values.shape[:2]
    )
    few = np.ix_(rows, cols)
    alpha = picture.alpha
    return dataclasses.replace(
        picture, values=picture.values[few], alpha=None if alpha is None else alpha[few]
    )


def _visible(picture: Picture) -> tuple[Array, BoolArray | None, list[str]]:
    """Return what is to be seen, where nothing is, and what was assumed."""
    values, alpha = picture.values, picture.alpha
    if alpha is None:
        return values, None, []
    if alpha.dtype.kind == "f":
        alpha = np.nan_to_num(alpha, posinf=1, neginf=0)
    hidden: BoolArray = alpha == 0
    shown = values[~hidden]
    white = 1.0 if values.dtype.kind in "bf" else float(white_of(alpha) or 1)
    even = shown.size == 0
    if not even and (values.dtype.kind != "f" or np.isfinite(shown).all()):
        even = float(np.ptp(shown.astype(np.float64), axis=0).max()) <= _EVEN * white
    if even and alpha.max() > alpha.min():
        text = "The picture is even all over, and its transparency was taken for the depth."
        return alpha, None, [text]
    return values, hidden if hidden.any() else None, []


def _unit_or_same(values: Array) -> Array:
    """Return three equal bands as they are; refuse different ones of another range than colours."""
    if (values[..., :1] == values[..., 1:]).all():
        return values[..., 0]
    if values.dtype.kind == "f":
        finite = values[np.isfinite(values)]
        if finite.size < values.size or finite.min() < -1e-3 or finite.max() > 1.001:
            raise DepthError(
                f"The depth map has {values.shape[2]} different bands of numbers, such as points "
                "or directions.",
                "Use the band with the depth alone.",
            )
    elif white_of(values) is None:
        raise DepthError(
            f"The depth map has {values.shape[2]} different bands of numbers.",
            "Use the band with the depth alone.",
        )
    return values


def _no_data(values: Array, unknown: BoolArray, said: float | None) -> BoolArray:
    """Return where a number stands for no data: one that the file names, or a usual one."""
    nothing = np.zeros(values.shape, np.bool_)
    if said is not None and np.isfinite(said):
        with np.errstate(over="ignore", invalid="ignore"):
            marked = values == said
            if values.dtype.kind == "f":
                # As text it is rounded.
                rounding = 1e-5 if abs(said) > 1e30 else 1e-7
                marked |= np.isclose(values, said, rtol=rounding, atol=0)
        marked &= ~unknown
        if marked.any() and not (marked | unknown).all():
            return np.asarray(marked)
    known = values[~unknown]
    if values.dtype.kind == "f":
        known = known[np.isfinite(known)]
    elif values.dtype.kind == "u":
        # Without a sign the usual values cannot be there.
        return nothing
    if known.size == 0:
        return nothing
    for end, other in ((known.min(), known.max()), (known.max(), known.min())):
        mark = float(end)
        if not any(np.isclose(mark, usual, rtol=1e-5, atol=0) for usual in _NO_DATA):
            continue
        rest = known[known != end]
        if rest.size == 0:
            continue
        near = float(rest.min() if end < other else rest.max())
        span = max(float(rest.max()) - float(rest.min()), 1e-12)
        if abs(near - mark) > _APART * span:
            return np.asarray((values == end) & ~unknown)
    return nothing


def _finite(
    values: Array, unknown: BoolArray, near: Near
) -> tuple[Array, list[str], BoolArray, BoolArray, BoolArray]:
    """Return numbers, what was assumed, and where there are none, or endlessly small and large."""
    said: list[str] = []
    nothing = np.zeros(values.shape, np.bool_)
    if values.dtype.kind != "f":
        return values, said, unknown, nothing, nothing
    nan = np.isnan(values) & ~unknown
    above: BoolArray = np.isposinf(values) & ~unknown
    below: BoolArray = np.isneginf(values) & ~unknown
    known = ~(unknown | nan | above | below)
    if not known.any():
        raise DepthError(
            "The depth map has no values that are numbers.", "Use one with numbers in it."
        )
    wild, high, low = _strays(values, known)
    above, below = above | high, below | low
    if nan.any():
        said.append(f"{_share(nan.mean())} of the depth map is unknown (not a number).")
    if wild.any():
        count = int(wild.sum())
        them = "value of the depth map lies" if count == 1 else "values of the depth map lie"
        said.append(f"{count:,} {them} far outside all others: replaced by what is around.")
    beyond = above | below
    if beyond.any():
        far = below if near == "bright" else above
        what = "infinite" if np.isinf(values[beyond]).any() else "all but infinite"
        taken = "as far away"
        if far.sum() < beyond.sum() / 2:
            taken = (
                "as nearest, since bright is near. If these are distances and it is the sky, "
                "choose “Near is dark”"
                if near == "bright"
                else "as nearest, since dark is near"
            )
        said.append(f"{_share(beyond.mean())} of the depth map is {what}: it was taken {taken}.")
    return values, said, unknown | nan | wild, below, above


def _strays(values: Array, known: BoolArray) -> tuple[BoolArray, BoolArray, BoolArray]:
    """Return a few wild values, and many that are as good as infinite: above and below."""
    nothing = np.zeros(values.shape, np.bool_)
    inside = values[known].astype(np.float64)
    if inside.min() >= 0 and inside.max() <= 1:
        return nothing, nothing, nothing
    above = below = nothing
    top, bottom = _edge(inside), -_edge(-inside)
    if np.isfinite(top):
        above = known & (values > top)
    elif np.isfinite(bottom):
        below = known & (values < bottom)
    rest = known & ~above & ~below
    return strays(values, rest), above, below


def _edge(inside: DoubleArray) -> float:
    """Return above what values are as good as infinite; infinity if none are."""
    if inside.max() < _HUGE:
        return np.inf
    ordered = np.sort(inside[:: max(1, inside.size // _SAMPLE)])
    gaps = np.diff(ordered)
    if gaps.size == 0:
        return np.inf
    at = int(gaps.argmax())
    lower, upper = ordered[: at + 1], ordered[at + 1 :]
    few = _FEW * ordered.size
    if len(lower) < _LEAST * ordered.size or len(upper) <= few or upper[0] < _HUGE:
        return np.inf
    span = lower[-1] - lower[len(lower) // 200]
    return float(lower[-1]) if 0 < span < gaps[at] / _ENDLESS else np.inf


def _closed(
    values: Array,
    holes: BoolArray,
    below: BoolArray,
    above: BoolArray,
    hidden: BoolArray | None,
    said: tuple[str, ...],
) -> Meaning:
    """Fill what a surface encloses, and put what is open to its end."""
    gaps = holes | below | above
    if not gaps.any():
        return Meaning(values, said)
    if gaps.all():
        raise DepthError("The depth map has no data at all.", "Use one with numbers in it.")
    unseen = np.zeros(gaps.shape, np.bool_) if hidden is None else hidden
    if not (gaps & ~unseen).any():
        return Meaning(values, said, unseen)
    inside = enclosed(gaps, unseen)
    open_ = gaps & ~inside & ~unseen
    specks = open_ & holes
    if specks.sum() <= _SPECKS * values.size:
        inside, open_ = inside | specks, open_ & ~specks
    known = values[~gaps].astype(np.float64)
    low, high = float(known.min()), float(known.max())
    (plain,) = nearest_known(~gaps, np.where(gaps, 0, values).astype(np.float64))
    if inside.any() and high > low:
        share = ((plain - low) / (high - low)).astype(np.float32)
        plain = np.where(
            inside,
            low + (high - low) * np.clip(filled(share, inside).astype(np.float64), 0, 1),
            plain,
        )
    plain = np.where(open_ & above, high, np.where(open_ & below, low, plain))
    if inside.any():
        said = (*said, f"Gaps inside it ({_share(inside.mean())}) were filled.")
    far = open_ & holes
    if far.any():
        said = (*said, "What is unknown at its border lies lowest.")
    far |= unseen
    plain = np.clip(plain, low, high)
    if values.dtype.kind in "iu":
        plain = np.rint(plain)
    return Meaning(plain.astype(values.dtype), said, far if far.any() else None)


def _share(share: float) -> str:
    """Return a share for people."""
    return (
        f"{share:.0%}" if share >= 0.01 else f"{share:.2%}" if share >= 1e-4 else "Less than 0.01%"
    )
