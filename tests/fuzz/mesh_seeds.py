"""Damaged mesh files, made from a few sound ones and a number."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from tests.support.mesh_files import (
    box,
    glb_document,
    obj,
    ply,
    stl,
    stl_text,
    threemf,
    threemf_model,
    threemf_object,
    together,
    zipped,
)

Change = Callable[[bytearray, np.random.Generator], bytearray]

_NUMBER = re.compile(rb"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")
_WORD = re.compile(rb"[A-Za-z_:]+")
_EXTREMES = (
    b"0", b"-0.0", b"-1", b"1", b"nan", b"inf", b"-inf", b"1e308", b"-1e308", b"1e400", b"1e-320",
    b"1e39", b"1e15", b"255", b"65536", b"2147483647", b"2147483648", b"4294967295",
    b"18446744073709551615", b"-9223372036854775808", b"9" * 40, b"9" * 5000, b"0x10", b"1_000",
    b"1,5", b"", b"\xc2\xb2", b"1e999999999999", b"true", b"null", b"[]", b'"x"',
)  # fmt: skip
_WORDS = (0, 1, 2, 127, 128, 255, 256, 32767, 65535, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
_FLOATS = (float("nan"), float("inf"), -1e38, 3e38, 1e-45, 1e20)


def _text(name: str) -> tuple[bytes, ...]:
    both = together(box(), box(at=(30, 0, 0)))
    match name:
        case "stl":
            return stl(box()), stl(both, head=b"solid x", rest=b"ab")
        case "stl text":
            return stl_text(box()).encode(), stl_text(box(), box(5, 5, 5), name="a b").encode()
        case "obj":
            marks = {0: "mtllib a.mtl\no one\nusemtl red", 7: "g two\nusemtl blue\ns off"}
            quads = "".join(f"v {x} {y} {z} 1 0 0\n" for x, y, z in box()[0])
            quads += "vt 0 0\nvn 0 0 1\nf -8/1/1 -6/1/1 -5/1/1 \\\n -7/1/1\nf 5 6 8 7\nl 1 2\n"
            return obj(box(), marks=marks).encode(), quads.encode()
        case "ply":
            return ply(box()), ply(box(), "binary_big_endian", polygons=[(0, 2, 3, 1), (4, 5, 7)])
        case "ply text":
            return ply(box(), "ascii"), ply(box(), "ascii", polygons=[(0, 2, 3, 1), (4, 5, 7)])
        case "glb":
            nodes: list[dict[str, Any]] = [
                {"mesh": 0, "children": [1], "scale": [0.01] * 3},
                {"mesh": 0, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 5, 5, 1]},
                {"children": [0], "rotation": [0, 0, 0, 1], "translation": [1, 2, 3]},
            ]
            return (glb_document([box()], nodes),)
    raise KeyError(name)


@cache
def _models() -> tuple[dict[str, str], ...]:
    place = 'transform="1 0 0 0 1 0 0 0 -1 5 5 5"'
    part = threemf_model(threemf_object(box()), "", unit="inch")
    root = threemf_model(
        threemf_object(box())
        + f'<object id="2" type="model"><components><component objectid="1" {place}/>'
        '<component objectid="1" p:path="/3D/a.model"/></components></object>',
        f'<item objectid="2" printable="1" {place}/><item objectid="1" p:path="/3D/a.model"/>',
    )
    config = '<config><object id="1"><volume firstid="0" lastid="5"/></object></config>'
    plain = threemf_model(threemf_object(box()), '<item objectid="1"/>')
    return (
        {"3D/3dmodel.model": plain},
        {
            "3D/3dmodel.model": root,
            "3D/a.model": part,
            "Metadata/Slic3r_PE_model.config": config,
        },
    )


def _flipped(data: bytearray, random: np.random.Generator) -> bytearray:
    for place in random.integers(0, len(data), random.integers(1, 9)):
        data[place] ^= 1 << int(random.integers(8))
    return data


def _replaced(data: bytearray, random: np.random.Generator) -> bytearray:
    for place in random.integers(0, len(data), random.integers(1, 5)):
        data[place] = int(random.integers(256))
    return data


def _cut(data: bytearray, random: np.random.Generator) -> bytearray:
    return data[: int(random.integers(1, len(data) + 1))]


def _without(data: bytearray, random: np.random.Generator) -> bytearray:
    start, stop = _span(data, random)
    del data[start:stop]
    return data


def _repeated(data: bytearray, random: np.random.Generator) -> bytearray:
    start, stop = _span(data, random)
    return data[:stop] + data[start:stop] * int(random.integers(1, 40)) + data[stop:]


def _exchanged(data: bytearray, random: np.random.Generator) -> bytearray:
    start, stop = _span(data, random)
    place = int(random.integers(len(data)))
    data[place : place + stop - start] = data[start:stop]
    return data


def _extreme(data: bytearray, random: np.random.Generator) -> bytearray:
    """Replace a number of a text."""
    return _swapped(data, random, _NUMBER, list(_EXTREMES))


def _misnamed(data: bytearray, random: np.random.Generator) -> bytearray:
    """Replace a word by another word of the text."""
    return _swapped(data, random, _WORD, _WORD.findall(bytes(data)))


def _word(data: bytearray, random: np.random.Generator) -> bytearray:
    """Replace four bytes by an extreme number."""
    place = int(random.integers(len(data)))
    if random.integers(2):
        place -= place % 4
    number = struct.pack("<I", _WORDS[int(random.integers(len(_WORDS)))])
    if random.integers(2):
        number = struct.pack("<f", _FLOATS[int(random.integers(len(_FLOATS)))])
    data[place : place + 4] = number
    return data


_CHANGES: tuple[Change, ...] = (
    _flipped, _replaced, _cut, _without, _repeated, _exchanged, _extreme, _extreme, _misnamed,
    _word,
)  # fmt: skip


def _span(data: bytearray, random: np.random.Generator) -> tuple[int, int]:
    length = int(min(len(data), 2 ** random.uniform(0, 9)))
    start = int(random.integers(len(data) - length + 1))
    return start, start + length


def _swapped(
    data: bytearray, random: np.random.Generator, what: re.Pattern[bytes], by: list[bytes]
) -> bytearray:
    found = list(what.finditer(data))
    if not found or not by:
        return data
    for _ in range(int(random.integers(1, 4))):
        chosen = found[int(random.integers(len(found)))]
        word = by[int(random.integers(len(by)))]
        if bytes(data[chosen.start() : chosen.end()]) == chosen.group():
            data[chosen.start() : chosen.end()] = word
            found = list(what.finditer(data))
            if not found:
                break
    return data


def changed(data: bytes, random: np.random.Generator) -> bytes:
    """Return bytes that were damaged in one to three ways."""
    left = bytearray(data)
    for _ in range(int(random.integers(1, 4))):
        if left:
            left = _CHANGES[int(random.integers(len(_CHANGES)))](left, random)
    return bytes(left)


PLAIN = ("stl", "stl text", "obj", "ply", "ply text", "glb")
KINDS = (*PLAIN, "3mf", "zip")


def damaged(kind: str, number: int) -> tuple[str, bytes]:
    """Return a file's name and its bytes: of a kind in `KINDS`, damaged as a number says."""
    random = np.random.default_rng([KINDS.index(kind), number])
    if kind == "3mf":
        return "a.3mf", _package(random)
    if kind == "zip":
        inside = PLAIN[int(random.integers(len(PLAIN)))]
        name, data = damaged(inside, number)
        packed = zipped({name: data, "b.stl": stl(box())}, deflate=bool(random.integers(2)))
        return "a.zip", changed(packed, random) if random.integers(2) else packed
    seeds = _text(kind)
    data = seeds[int(random.integers(len(seeds)))]
    name = f"a.{kind.split()[0]}"
    if kind == "glb" and random.integers(2):
        return name, _mended(data, random)
    return name, changed(data, random)


def _mended(data: bytes, random: np.random.Generator) -> bytes:
    """Return a GLB whose document was damaged, and whose lengths are right."""
    size = int.from_bytes(data[12:16], "little")
    text = changed(data[20 : 20 + size], random)
    text += b" " * (-len(text) % 4)
    rest = data[20 + size :]
    head = struct.pack("<4sIII", b"glTF", 2, 20 + len(text) + len(rest), len(text))
    return head + b"JSON" + text + rest


def _package(random: np.random.Generator) -> bytes:
    models = _models()
    parts: dict[str, str | bytes] = dict(models[int(random.integers(len(models)))])
    if not random.integers(4):
        whole = {name: text for name, text in parts.items() if isinstance(text, str)}
        root = whole.pop("3D/3dmodel.model")
        return changed(threemf(root, whole), random)
    names = [*parts]
    name = names[int(random.integers(len(names)))]
    text = parts[name]
    assert isinstance(text, str)
    parts[name] = changed(text.encode(), random)
    if random.integers(2):
        return zipped(parts)
    whole = {name: text.decode("latin-1") if isinstance(text, bytes) else text
             for name, text in parts.items()}  # fmt: skip
    return threemf(whole.pop("3D/3dmodel.model"), whole)
