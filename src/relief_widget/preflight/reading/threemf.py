"""3MF: the core specification and the production extension, as slicers read them.

The root part is found by the package's relations, whatever its name; items and components may name
parts of their own. Copies are counted before one is placed. Of PrusaSlicer's and Bambu Studio's
settings those are read that say what a piece of a mesh is: a modifier or a support is not printed.
"""

from __future__ import annotations

import array
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from xml.parsers import expat

import numpy as np
import numpy.typing as npt

from relief_widget.errors import ReliefError
from relief_widget.preflight.reading.archives import Archive, tidy
from relief_widget.preflight.reading.bounds import (
    MOST_STEPS,
    check_copies,
    check_triangles,
    check_vertices,
    damaged,
    shown,
    too_long,
    unreadable,
)
from relief_widget.preflight.reading.found import Found

Matrix: TypeAlias = npt.NDArray[np.float64]
Key: TypeAlias = tuple[str, str]

_UNITS = {
    "micron": 0.001,
    "millimeter": 1.0,
    "centimeter": 10.0,
    "inch": 25.4,
    "foot": 304.8,
    "meter": 1000.0,
}
_ROOT = "3dmodel"
# Parts of these kinds help to print others; none is printed for itself.
_HELPERS = ("support", "solidsupport", "surface")
_PLAIN = ("modelpart", "normal_part", "")
_MOST_OBJECTS = 200_000
# Numbers that double with each level are counted no further.
_BEYOND = 10**15


@dataclass
class _Object:
    """An object of a part: a mesh, or components, each a key with its place."""

    kind: str = "model"
    points: array.array[float] = field(default_factory=lambda: array.array("d"))
    corners: array.array[int] = field(default_factory=lambda: array.array("q"))
    components: list[tuple[Key, Matrix]] = field(default_factory=list)


@dataclass
class _Model:
    """What the parts of a package say."""

    objects: dict[Key, _Object] = field(default_factory=dict)
    units: dict[str, float] = field(default_factory=dict)
    items: list[tuple[Key, Matrix, bool]] = field(default_factory=list)
    ours: bool = False
    wanted: list[str] = field(default_factory=list)
    vertices: int = 0
    triangles: int = 0
    places: int = 0
    elements: int = 0


def read_3mf(name: str, data: bytes) -> Found:
    """Read a 3MF file; the result is in mm.

    Raises
    ------
    ReliefError
        It is none, is empty, or holds more than `bounds` allows.
    """
    archive = Archive(name, data, "3MF")
    root = _root(name, archive)
    model = _Model()
    model.wanted.append(tidy(root))
    read: set[str] = set()
    while model.wanted:
        part = model.wanted.pop()
        if part in read:
            continue
        read.add(part)
        _parse(name, archive.read(part), _Reader(name, part, model, is_root=part == tidy(root)))
    return _built(name, model, _helpers(archive), tidy(root))


def _root(name: str, archive: Archive) -> str:
    """Return the name of the part to begin with."""
    models = [entry for entry in archive.names if entry.lower().endswith(".model")]
    if "_rels/.rels" in archive:
        found: list[str] = []

        def start(tag: str, values: dict[str, str]) -> None:
            if _local(tag) == "Relationship" and values.get("Type", "").endswith(f"/{_ROOT}"):
                found.append(values.get("Target", ""))

        _run(name, archive.read("_rels/.rels"), start)
        for target in found:
            if target in archive:
                return target
        if found:
            target = shown(posixpath.basename(found[0]))
            raise damaged(name, f"is damaged: {target!r} is missing in it")
    usual = [entry for entry in models if tidy(entry) == "3d/3dmodel.model"]
    if not models:
        raise damaged(name, "has no model in it")
    return (usual or sorted(models, key=lambda entry: (entry.count("/"), entry)))[0]


class _Reader:
    """Takes note of what a part says, element by element."""

    def __init__(self, name: str, part: str, model: _Model, *, is_root: bool) -> None:
        self._name, self._part, self._model, self._is_root = name, part, model, is_root
        self._object = _Object()
        self._text: list[str] | None = None

    def start(self, tag: str, values: dict[str, str]) -> None:
        local = tag.rpartition(" ")[2]
        model = self._model
        model.elements += 1
        if model.elements > MOST_STEPS:
            raise too_long(self._name)
        if local == "vertex":
            self._object.points.extend((float(values["x"]), float(values["y"]), float(values["z"])))
            model.vertices += 1
            if not model.vertices & 0xFFFF:
                check_vertices(self._name, model.vertices)
        elif local == "triangle":
            self._object.corners.extend((int(values["v1"]), int(values["v2"]), int(values["v3"])))
            model.triangles += 1
            if not model.triangles & 0xFFFF:
                check_triangles(self._name, model.triangles)
        elif local == "object":
            self._object = _Object(values.get("type", "model").strip().lower())
            key = (self._part, values["id"].strip())
            if key in model.objects or len(model.objects) >= _MOST_OBJECTS:
                raise ValueError
            model.objects[key] = self._object
        elif local in ("component", "item"):
            self._place(local, values)
        elif local == "model":
            unit = values.get("unit", "millimeter").strip().lower()
            model.units[self._part] = _UNITS[unit]
        elif local == "metadata" and values.get("name") == "Application" and self._is_root:
            self._text = []

    def _place(self, local: str, values: dict[str, str]) -> None:
        model = self._model
        model.places += 1
        check_copies(self._name, model.places)
        path, place, printed = self._part, "", True
        for attribute, value in values.items():
            match attribute.rpartition(" ")[2]:
                case "path":
                    path = tidy(posixpath.join("/", posixpath.dirname(self._part), value))
                case "transform":
                    place = value
                case "printable":
                    printed = value.strip().lower() not in ("0", "false")
        if path != self._part:
            model.wanted.append(path)
        entry = (path, values["objectid"].strip()), _matrix(place)
        if local == "component":
            self._object.components.append(entry)
        elif self._is_root:
            model.items.append((*entry, printed))

    def words(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def end(self, tag: str) -> None:
        if self._text is not None and _local(tag) == "metadata":
            self._model.ours |= "".join(self._text).startswith("relief_widget")
            self._text = None


def _parse(name: str, data: bytes, reader: _Reader) -> None:
    _run(name, data, reader.start, reader.end, reader.words)


def _run(
    name: str,
    data: bytes,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    words: Callable[[str], None] | None = None,
) -> None:
    """Read XML of any encoding; entities, which can be made to explode, are refused."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = words
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except ReliefError:
        raise
    except (expat.ExpatError, ValueError, KeyError, OverflowError, LookupError):
        raise unreadable(name, "3MF") from None


def _refuse(*_: Any) -> None:
    raise ValueError


def _local(tag: str) -> str:
    return tag.rpartition(" ")[2]


def _matrix(text: str) -> Matrix:
    """Return a transform as (4, 4), to be applied to rows of points from the right."""
    matrix = np.eye(4)
    if text.strip():
        numbers = [float(word) for word in text.split()]
        if len(numbers) != 12:
            raise ValueError
        matrix[:, :3] = np.reshape(numbers, (4, 3))
    return matrix


@dataclass(frozen=True)
class _Helpers:
    """Which pieces of meshes are printed, as a slicer's settings say.

    `volumes` has, of an object of the root part, first and last triangle and whether it is printed;
    `components`, of an object, whether each of its components is, in their order.
    """

    volumes: dict[str, list[tuple[int, int, bool]]]
    components: dict[str, list[bool]]


def _helpers(archive: Archive) -> _Helpers:
    found = _Helpers({}, {})
    state = {"object": "", "printed": True, "span": (0, -1)}

    def start(tag: str, values: dict[str, str]) -> None:
        if tag == "object":
            state["object"] = values.get("id", "")
        elif tag == "volume":
            span = int(values.get("firstid", 0)), int(values.get("lastid", -1))
            entry = (*span, True)
            found.volumes.setdefault(str(state["object"]), []).append(entry)
        elif tag == "part":
            printed = values.get("subtype", "").lower() in _PLAIN
            found.components.setdefault(str(state["object"]), []).append(printed)
        elif tag == "metadata":
            key, value = values.get("key"), values.get("value", "").lower()
            helps = (key == "volume_type" and value not in _PLAIN) or (
                key == "modifier" and value == "1"
            )
            spans = found.volumes.get(str(state["object"]))
            if helps and spans:
                spans[-1] = (*spans[-1][:2], False)

    for entry in ("Metadata/Slic3r_PE_model.config", "Metadata/model_settings.config",
                  "Metadata/Slic3r_model.config"):  # fmt: skip
        if entry in archive:
            try:
                _run("settings", archive.read(entry), start)
            # What a slicer says beside the model is no reason to refuse the model.
            except ReliefError:
                return _Helpers({}, {})
    return found


@dataclass
class _Placed:
    """Meshes as they are placed, one after another."""

    points: list[npt.NDArray[np.float64]] = field(default_factory=list)
    faces: list[npt.NDArray[np.int64]] = field(default_factory=list)
    labels: list[npt.NDArray[np.int64]] = field(default_factory=list)
    before: int = 0
    bodies: int = 0


def _built(name: str, model: _Model, helpers: _Helpers, root: str) -> Found:
    notes: list[str] = []
    items = [item for item in model.items if item[2]]
    left = len(model.items) - len(items)
    if left and items:
        notes.append(_left_out(left, "that the file says are not to be printed"))
    elif left:
        items = model.items
    for key, _, _ in items:
        if key not in model.objects:
            raise damaged(name, f"is damaged: object {shown(key[1])} is missing in it")
    printed = [item for item in items if model.objects[item[0]].kind not in _HELPERS]
    if printed and len(printed) < len(items):
        notes.append(_left_out(len(items) - len(printed), "that only support others"))
        items = printed
    copies, triangles = _counted(name, model)
    check_copies(name, sum(copies[key] for key, _, _ in items))
    check_triangles(name, sum(triangles[key] for key, _, _ in items))
    meshes = {
        key: _mesh(name, found, helpers.volumes.get(key[1], []) if key[0] == root else [])
        for key, found in model.objects.items()
        if len(found.corners)
    }
    placed = _Placed()
    left_out = 0
    for key, matrix, _ in items:
        for place, found, chosen in _places(model, key, matrix, helpers, root):
            if not chosen:
                left_out += 1
                continue
            if found in meshes:
                left_out += _put(placed, *meshes[found], place)
    if left_out and placed.faces:
        notes.append(_left_out(left_out, "that change others or support them (modifiers)"))
    if not placed.faces or not sum(map(len, placed.faces)):
        raise damaged(name, "is empty: it has no triangles")
    return Found(
        np.concatenate(placed.points),
        np.concatenate(placed.faces),
        (np.concatenate(placed.labels),),
        unit_mm=model.units.get(root, 1.0),
        ours=model.ours,
        notes=tuple(notes),
    )


def _left_out(count: int, which: str) -> str:
    parts = "1 part was" if count == 1 else f"{count:,} parts were"
    return f"{parts} left out {which}."


def _counted(name: str, model: _Model) -> tuple[dict[Key, int], dict[Key, int]]:
    """Return how many copies of objects, and how many triangles, each object stands for."""
    copies: dict[Key, int] = {}
    triangles: dict[Key, int] = {}
    under_way: set[Key] = set()
    for start in model.objects:
        stack = [start]
        while stack:
            key = stack[-1]
            if key in copies:
                stack.pop()
                continue
            found = model.objects.get(key)
            if found is None:
                raise damaged(name, f"is damaged: object {shown(key[1])} is missing in it")
            missing = [child for child, _ in found.components if child not in copies]
            if missing:
                if key in under_way:
                    raise damaged(
                        name, f"is damaged: object {shown(key[1])} in it is a part of itself"
                    )
                under_way.add(key)
                stack += dict.fromkeys(missing)
                continue
            # Objects without a mesh count too: they are walked through all the same.
            inner = [child for child, _ in found.components]
            copies[key] = min(1 + sum(copies[child] for child in inner), _BEYOND)
            own = len(found.corners) // 3
            triangles[key] = min(own + sum(triangles[child] for child in inner), _BEYOND)
            under_way.discard(key)
            stack.pop()
    return copies, triangles


def _places(
    model: _Model, key: Key, matrix: Matrix, helpers: _Helpers, root: str
) -> Iterator[tuple[Matrix, Key, bool]]:
    """Yield the place of every mesh that an object stands for, and whether it is printed."""
    unit = model.units.get(root, 1.0)
    stack = [(key, _in_root(model, key, root, unit, matrix), True)]
    while stack:
        at, place, printed = stack.pop()
        found = model.objects[at]
        yield place, at, printed
        flags = helpers.components.get(at[1], []) if at[0] == root else []
        if len(flags) != len(found.components):
            flags = [True] * len(found.components)
        for (child, inner), flag in zip(found.components, flags, strict=True):
            if model.objects[child].kind in _HELPERS:
                flag = False
            own = _in_root(model, child, at[0], model.units.get(at[0], 1.0), inner)
            stack.append((child, own @ place, printed and flag))


def _in_root(model: _Model, key: Key, other: str, unit: float, matrix: Matrix) -> Matrix:
    """Return a transform from the unit of an object's part into that of the part that names it."""
    if key[0] == other:
        return matrix
    scale = np.diag([model.units.get(key[0], 1.0) / unit] * 3 + [1.0])
    return scale @ matrix


def _mesh(
    name: str, found: _Object, volumes: list[tuple[int, int, bool]]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.int64], int]:
    """Return points, faces and labels of an object's mesh, and how many volumes are left out."""
    points = np.frombuffer(found.points, np.float64).reshape(-1, 3)
    faces = np.frombuffer(found.corners, np.int64).reshape(-1, 3)
    if faces.min() < 0 or faces.max() >= len(points):
        raise damaged(name, "is damaged: a triangle of it names a corner that is missing")
    labels = np.zeros(len(faces), dtype=np.int64)
    keep = np.ones(len(faces), dtype=bool)
    left_out = 0
    for number, (first, last, printed) in enumerate(volumes):
        labels[max(first, 0) : last + 1] = number
        if not printed:
            keep[max(first, 0) : last + 1] = False
            left_out += 1
    return points, faces[keep], labels[keep], left_out


def _put(
    placed: _Placed,
    points: npt.NDArray[np.float64],
    faces: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int64],
    left_out: int,
    place: Matrix,
) -> int:
    if not len(faces):
        return left_out
    with np.errstate(all="ignore"):
        moved = points @ place[:3, :3] + place[3, :3]
        mirrors = np.linalg.det(place[:3, :3]) < 0
    # Mirrored facets would face inwards.
    placed.faces.append((faces[:, ::-1] if mirrors else faces) + placed.before)
    placed.points.append(moved)
    placed.labels.append(labels + placed.bodies)
    placed.before += len(points)
    placed.bodies += int(labels.max()) + 1
    return left_out
