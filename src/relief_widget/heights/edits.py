"""What is done to heights by hand, as values: a curve, and strokes with brushes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, TypeAlias, cast, get_args

from relief_widget import arguments
from relief_widget.errors import ReliefError
from relief_widget.settings import NOTHING

Brush: TypeAlias = Literal["raise", "lower", "smooth", "flatten", "set"]
Symmetry: TypeAlias = Literal["none", "left_right", "top_bottom", "both"]
StrokePoint: TypeAlias = tuple[float, float, float]
CurvePoint: TypeAlias = tuple[float, float]
Curve: TypeAlias = tuple[CurvePoint, ...]

IDENTITY: Curve = ((0.0, 0.0), (1.0, 1.0))
"""The curve that changes nothing."""

MOST_STROKES, MOST_POINTS, MOST_CURVE_POINTS = 5000, 5000, 32
LEAST_SIZE = 0.002
"""Diameter of the smallest brush."""

LEAST_GAP = 0.002
"""Between two points of a curve, along its heights before."""

# A crop may leave a stroke outside; so far, and no farther, it stays a place.
_FARTHEST = 1000.0


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """One stroke with a brush.

    A stroke covers what its brush passes, however often it does: going over a place twice within
    one stroke does no more than once. A second stroke does.

    Attributes
    ----------
    brush
        ``"raise"`` and ``"lower"`` by a quarter of the relief's height at full strength, and by
        less where there is little room up or down; ``"smooth"``; ``"flatten"`` to the plane under
        the stroke's first point; ``"set"`` to `height`.
    points
        Places that the brush passes: u and v as shares of the picture's width and height, 0, 0 at
        its top left, and the pen's pressure of 0 to 1; left out, it is 1.
    size
        Diameter, as a share of the part's longer side.
    strength
        0 to 1.
    softness
        The share of the radius in which the effect runs out, 0 to 1.
    height
        Of ``"set"``, 0 to 1.
    symmetry
        Whether the stroke is made again, mirrored about the middle of the picture.

    Raises
    ------
    ReliefError
        A value is out of its range, or there are no points.
    """

    brush: Brush
    points: Sequence[tuple[float, float] | StrokePoint]
    size: float = 0.1
    strength: float = 0.5
    softness: float = 0.7
    height: float = 0.5
    symmetry: Symmetry = "none"

    def __post_init__(self) -> None:
        _check_choice("brush", self.brush, get_args(Brush))
        _check_choice("symmetry", self.symmetry, get_args(Symmetry))
        object.__setattr__(self, "size", _share("size", self.size, LEAST_SIZE))
        for name in ("strength", "softness", "height"):
            object.__setattr__(self, name, _share(name, getattr(self, name)))
        object.__setattr__(self, "points", _points(self.points))

    def to_dict(self) -> dict[str, Any]:
        """Return what a file has of it; ``Stroke(**it)`` is the stroke again."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    @property
    def path(self) -> tuple[StrokePoint, ...]:
        """The points with their pressure."""
        # As they are since they were checked.
        return cast("tuple[StrokePoint, ...]", self.points)

    def copies(self) -> tuple[tuple[StrokePoint, ...], ...]:
        """Return the points of the stroke, and those of its mirror images."""
        made = [self.path]
        if self.symmetry in ("left_right", "both"):
            made.append(tuple((1 - u, v, pressure) for u, v, pressure in self.path))
        if self.symmetry in ("top_bottom", "both"):
            made += [tuple((u, 1 - v, pressure) for u, v, pressure in one) for one in made]
        return tuple(made)


@dataclass(frozen=True)
class Edits:
    """All that is done to heights by hand: after every filter, before the mesh.

    Attributes
    ----------
    curve
        Points of height before and height after: the first ascend, the second do not fall. Between
        them the curve is smooth and monotone (`relief_widget.heights.curve`), beyond them level.
    strokes
        In the order in which they were made.

    Raises
    ------
    ReliefError
        The curve is none, or there are too many strokes.
    """

    curve: Curve = IDENTITY
    strokes: tuple[Stroke, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "curve", checked_curve(self.curve))
        strokes = checked_strokes(self.strokes)
        if len(strokes) > MOST_STROKES:
            raise ReliefError(
                f"There are {len(strokes)} strokes.", f"A relief keeps at most {MOST_STROKES}."
            )
        object.__setattr__(self, "strokes", strokes)

    def __bool__(self) -> bool:
        """Whether anything is done."""
        return bool(self.strokes) or self.bends

    @property
    def bends(self) -> bool:
        """Whether the curve changes anything."""
        return (
            self.curve[0] != (0, 0)
            or self.curve[-1] != (1, 1)
            or any(x != y for x, y in self.curve)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what a file has of it, for `read_edits`."""
        return {
            "curve": [list(point) for point in self.curve],
            "strokes": [stroke.to_dict() for stroke in self.strokes],
        }

    def refitted(self, turns: int, crop: tuple[float, float, float, float], aspect: float) -> Edits:
        """Return the edits for another cut of the same picture: strokes stay where they were made.

        Parameters
        ----------
        turns
            Quarter turns anticlockwise of the picture.
        crop
            Left, top, right and bottom of what is kept, as shares of the turned picture; it may
            reach beyond.
        aspect
            Width of the picture before, divided by its height.
        """
        turns %= 4
        left, top, right, bottom = crop
        wide = 1 / aspect if turns % 2 else aspect
        # Of the turned picture with a longer side of 1.
        longer = max(min(1.0, wide) * (right - left), min(1.0, 1 / wide) * (bottom - top))
        keeps_middle = math.isclose(left + right, 1) and math.isclose(top + bottom, 1)

        def place(u: float, v: float) -> CurvePoint:
            for _ in range(turns):
                u, v = v, 1 - u
            return (u - left) / (right - left), (v - top) / (bottom - top)

        return self.moved(place, 1 / longer, turns if keeps_middle else None)

    def moved(
        self,
        place: Callable[[float, float], CurvePoint],
        scale: float,
        turns: int | None = None,
    ) -> Edits:
        """Return the edits with their strokes moved.

        Parameters
        ----------
        place
            From u and v of a point to those where it is now.
        scale
            Of brushes, whose size is a share of the part's longer side.
        turns
            By how many quarters the strokes turn about the middle of the picture, which stays its
            middle; None where it does not: a mirrored stroke goes on as the strokes that it was
            made of.
        """
        strokes: list[Stroke] = []
        for stroke in self.strokes:
            images = stroke.copies() if turns is None else (stroke.path,)
            for points in images:
                strokes.append(
                    dataclasses.replace(
                        stroke,
                        points=tuple((*place(u, v), pressure) for u, v, pressure in points),
                        size=min(1.0, max(LEAST_SIZE, stroke.size * scale)),
                        symmetry="none" if turns is None else _turned(stroke.symmetry, turns),
                    )
                )
        return Edits(self.curve, tuple(strokes[-MOST_STROKES:]))


def read_edits(entry: Any) -> Edits:
    """Return the edits that a file tells of, as `Edits.to_dict` made it.

    Raises
    ------
    ReliefError
        It is something else, or a value is out of its range.
    """
    try:
        strokes = tuple(Stroke(**stroke) for stroke in entry["strokes"])
        return Edits(tuple((x, y) for x, y in entry["curve"]), strokes)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ReliefError("What was shaped by hand cannot be read.") from error


def read_stroke(entry: Mapping[str, Any]) -> Stroke:
    """Return one stroke that a view tells of.

    Raises
    ------
    ReliefError
        It is something else, or a value is out of its range.
    """
    try:
        return Stroke(**entry)
    except TypeError as error:
        raise ReliefError("A stroke cannot be read.") from error


def checked_strokes(strokes: Stroke | Iterable[Stroke]) -> tuple[Stroke, ...]:
    """Return one stroke, or several, as a tuple.

    Raises
    ------
    ReliefError
        There is something else among them.
    """
    found: tuple[Stroke | None, ...]
    try:
        found = (strokes,) if isinstance(strokes, Stroke) else tuple(strokes)
    except Exception:  # whatever somebody's __iter__ raises
        found = (None,)
    if not all(isinstance(stroke, Stroke) for stroke in found):
        raise ReliefError(f"strokes is {arguments.shown(strokes)}.", "Give values of Stroke.")
    return cast("tuple[Stroke, ...]", found)


def checked_curve(points: Iterable[Iterable[float]]) -> Curve:
    """Return the points of a curve as numbers.

    Raises
    ------
    ReliefError
        They are no curve that rises from left to right.
    """
    hint = "Give points of height before and after in 0 to 1, the first ascending."
    try:
        found = tuple((float(x), float(y)) for x, y in points)
    except Exception as error:  # whatever somebody's __iter__ or __float__ raises
        raise ReliefError("The curve is no list of points.", hint) from error
    if not 2 <= len(found) <= MOST_CURVE_POINTS:
        raise ReliefError(f"A curve has 2 to {MOST_CURVE_POINTS} points, not {len(found)}.", hint)
    # NaN is not within.
    if not all(0 <= x <= 1 and 0 <= y <= 1 for x, y in found):
        raise ReliefError("A point of the curve is outside 0 to 1.", hint)
    for (x, y), (further, higher) in pairwise(found):
        if further - x < LEAST_GAP * (1 - 1e-9):
            raise ReliefError("Two points of the curve stand above each other.", hint)
        if higher < y:
            raise ReliefError("The curve falls.", "Let it rise, or stay level, from left to right.")
    return found


def _turned(symmetry: Symmetry, turns: int) -> Symmetry:
    swapped: dict[Symmetry, Symmetry] = {"left_right": "top_bottom", "top_bottom": "left_right"}
    return swapped.get(symmetry, symmetry) if turns % 2 else symmetry


def _points(points: Any) -> tuple[StrokePoint, ...]:
    try:
        found = tuple(
            (float(u), float(v), float(*pressure) if pressure else 1.0)
            for u, v, *pressure in points
        )
    except Exception as error:  # whatever somebody's __iter__ or __float__ raises
        raise ReliefError(
            "The points of a stroke are no places.", "Give (u, v) or (u, v, pressure) for each."
        ) from error
    if not 1 <= len(found) <= MOST_POINTS:
        raise ReliefError(
            f"A stroke has {len(found)} points.", f"It has at least one and at most {MOST_POINTS}."
        )
    for u, v, pressure in found:
        if not (abs(u) <= _FARTHEST and abs(v) <= _FARTHEST and 0 <= pressure <= 1):
            raise ReliefError(
                "A point of a stroke is nowhere.",
                "u and v are shares of the picture, the pressure is 0 to 1.",
            )
    return found


def _share(name: str, value: Any, low: float = 0.0) -> float:
    number = arguments.number(f"The {name} of a stroke", value, low, 1)
    # What is nothing is nothing, as in the settings.
    return 0.0 if number < NOTHING else number


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in choices:
        raise ReliefError(
            f"The {name} of a stroke is {arguments.shown(value)}.",
            f"Choose one of {', '.join(choices)}.",
        )
