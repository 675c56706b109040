"""One mesh file, or the meshes in a ZIP, by the suffix of the name."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from relief_widget.errors import ReliefError
from relief_widget.preflight.reading import text
from relief_widget.preflight.reading.archives import Archive
from relief_widget.preflight.reading.bounds import (
    MOST_BYTES,
    MOST_MESHES,
    MOST_TEXT,
    check_triangles,
    check_vertices,
    damaged,
    shown,
    too_large,
)
from relief_widget.preflight.reading.found import Found
from relief_widget.preflight.reading.glb import read_glb
from relief_widget.preflight.reading.obj import read_obj
from relief_widget.preflight.reading.ply import read_ply
from relief_widget.preflight.reading.stl import read_stl
from relief_widget.preflight.reading.threemf import read_3mf

_READERS: Mapping[str, Callable[[str, bytes], Found]] = MappingProxyType(
    {".stl": read_stl, ".obj": read_obj, ".3mf": read_3mf, ".ply": read_ply, ".glb": read_glb}
)
SUFFIXES = (*_READERS, ".zip")
"""What the names of files that can be read end in."""


def read(name: str, data: bytes) -> dict[str, Found]:
    """Read the meshes of a file.

    Parameters
    ----------
    name
        Its name; its suffix says what it is.
    data
        Its bytes.

    Returns
    -------
    dict[str, Found]
        By name: one, or all that are in a ZIP.

    Raises
    ------
    ReliefError
        It is none, is empty or damaged, or holds more than `bounds` allows.
    """
    suffix = posixpath.splitext(name)[1].lower()
    if suffix == ".zip":
        return _unpacked(name, data)
    if suffix not in _READERS:
        raise ReliefError(
            f"{name} is no mesh file that can be checked.", f"Give {', '.join(SUFFIXES)}."
        )
    return {name: _read(name, data, suffix)}


def guessed(data: bytes) -> str:
    """Return the suffix that a file of some bytes should have."""
    start = text.plain(data[:1024]).lstrip()
    if data.startswith(b"glTF"):
        return ".glb"
    if data.startswith(b"PK"):
        return ".3mf" if b".model" in data.lower() else ".zip"
    if start.startswith(b"ply"):
        return ".ply"
    return ".obj" if text.is_text(data) and b"solid" not in start.lower() else ".stl"


def _read(name: str, data: bytes, suffix: str) -> Found:
    if not data.strip(b"\0 \r\n\t"):
        raise damaged(name, "is empty")
    start = data[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise ReliefError(
            f"{name} is a web page, not a mesh.",
            "Download it again; the address may need a log-in or a download button.",
        )
    if len(data) > MOST_BYTES:
        raise too_large(name, len(data))
    if len(data) > MOST_TEXT and text.is_text(data):
        raise ReliefError(
            f"{name} has {len(data) / 1e6:.0f} MB of text, too much to read.",
            "Save it as a binary file.",
        )
    # What is not finite is told of below, in a sentence.
    with np.errstate(all="ignore"):
        found = _READERS[suffix](name, data)
    check_vertices(name, len(found.points))
    check_triangles(name, len(found.faces))
    if not len(found.faces):
        raise damaged(name, "is empty: it has no triangles")
    if found.faces.min() < 0 or found.faces.max() >= len(found.points):
        raise ReliefError(
            f"A triangle of {name} names a corner that is missing.",
            "Export or download it again.",
        )
    finite = np.isfinite(found.points).all(axis=1)
    if not finite.all():
        bad = int((~finite).sum())
        raise damaged(name, f"has {bad:,} corners that are no numbers (NaN or infinite)")
    return found


def _unpacked(name: str, data: bytes) -> dict[str, Found]:
    archive = Archive(name, data, "ZIP")
    found: dict[str, Found] = {}
    for entry in sorted(archive.names):
        base = posixpath.basename(entry.replace("\\", "/"))
        suffix = posixpath.splitext(base)[1].lower()
        # What begins with a dot are notes of file managers.
        if suffix in _READERS and not base.startswith("."):
            if len(found) >= MOST_MESHES:
                raise damaged(name, f"has more than {MOST_MESHES} meshes in it")
            found[entry] = _read(f"{name}, {shown(base)}", archive.read(entry), suffix)
            check_triangles(name, sum(len(one.faces) for one in found.values()))
    if not found:
        raise damaged(name, "has no mesh in it")
    return found
