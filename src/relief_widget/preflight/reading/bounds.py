"""How large a mesh file may be: counted and refused before memory is taken for it."""

from __future__ import annotations

from relief_widget.errors import ReliefError

MOST_BYTES = 400_000_000
"""Bytes of a file, and of what is unpacked from one."""
MOST_TEXT = 250_000_000
"""Bytes of text: what is written in it takes far longer to read."""
MOST_TRIANGLES = 2_500_000
"""Triangles, with all copies of a part counted: far more than slicers and services take."""
MOST_VERTICES = 3 * MOST_TRIANGLES
MOST_COPIES = 200_000
"""Copies of parts that one file places."""
MOST_ENTRIES = 10_000
"""Files in a package."""
MOST_MESHES = 500
"""Mesh files in a ZIP."""
MOST_STEPS = 8_000_000
"""Rows of uneven length, and elements of XML, which are looked at one by one."""

AGAIN = "Export or download it again."
_REDUCE = "Reduce its triangles first."


def too_large(name: str, size: float, *, unpacked: bool = False) -> ReliefError:
    """Return the error of a file of too many bytes."""
    shown = f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
    does = "unpacks to" if unpacked else "has"
    return ReliefError(f"{name} {does} {shown}, more than a slicer takes.", _REDUCE)


def check_triangles(name: str, count: int) -> None:
    """Refuse a file of too many triangles.

    Raises
    ------
    ReliefError
        It has more than `MOST_TRIANGLES`.
    """
    if count > MOST_TRIANGLES:
        raise ReliefError(
            f"{name} has {_many(count)} triangles, more than a slicer takes.", _REDUCE
        )


def check_vertices(name: str, count: int) -> None:
    """Refuse a file of too many corners.

    Raises
    ------
    ReliefError
        It has more than `MOST_VERTICES`.
    """
    if count > MOST_VERTICES:
        raise ReliefError(f"{name} has {_many(count)} corners, more than a slicer takes.", _REDUCE)


def check_copies(name: str, count: int) -> None:
    """Refuse a file that places too many copies of its parts.

    Raises
    ------
    ReliefError
        It has more than `MOST_COPIES`.
    """
    if count > MOST_COPIES:
        raise ReliefError(
            f"{name} places {_many(count)} copies of its parts, more than a slicer takes.",
            "Take some of them away first.",
        )


def too_long(name: str) -> ReliefError:
    """Return the error of a file with too much in it that is no triangle."""
    return ReliefError(
        f"{name} has far too much in it to be read.", "Export it without what is no mesh."
    )


def damaged(name: str, what: str) -> ReliefError:
    """Return the error of a file that is not what it should be: `what` completes the sentence."""
    return ReliefError(f"{name} {what}.", AGAIN)


def unreadable(name: str, kind: str) -> ReliefError:
    """Return the error of a file that breaks the rules of its kind."""
    return damaged(name, f"cannot be read as {kind}: it is damaged, or of another kind")


def shown(name: str) -> str:
    """Return a name from inside a file as one short line, whatever it holds."""
    line = "".join(sign if sign.isprintable() else "?" for sign in name)
    return line if len(line) <= 60 else f"{line[:59]}…"


def _many(count: int) -> str:
    return f"{count:,}" if count < 10**12 else "far too many"
