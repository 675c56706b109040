"""STL as other programs write it: jitter, wrong counts, spare bytes, and text of any look."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from relief_widget.errors import ReliefError
from relief_widget.preflight import Report, check_file
from tests.support.mesh_files import box, facets, stl, stl_text, together

BOX = box()


def look(tmp_path: Path, data: bytes | str, name: str = "a.stl", **options: object) -> Report:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return check_file(path, **options)  # type: ignore[arg-type]


def is_the_box(report: Report) -> bool:
    return (
        report["closed"].status == "ok"
        and report["size"].value == pytest.approx((30, 20, 10))
        and report["volume"].value == pytest.approx(6)
    )


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("jitter", [6e-17, 1e-16, 1e-12, 1e-9, 1e-7])
@pytest.mark.parametrize("at", [(0, 0, 0), (-15, -10, -5), (200, 0, 7)])
def test_corners_that_rounding_drove_apart_are_one(
    tmp_path: Path, seed: int, jitter: float, at: tuple[float, ...]
) -> None:
    points, faces = box(at=at)
    corners = points[faces]
    random = np.random.default_rng(seed)
    shaken = corners + random.choice([-1, 0, 1], corners.shape) * jitter
    assert is_the_box(look(tmp_path, facets(shaken)))


def test_corners_one_step_of_single_precision_apart_are_one(tmp_path: Path) -> None:
    points, faces = box(at=(1000, 1000, 1000))
    corners = points.astype(np.float32)[faces]
    up = np.nextafter(corners, np.float32(np.inf))
    odd = np.random.default_rng(0).random(corners.shape) < 0.5
    closed = look(tmp_path, facets(np.where(odd, up, corners)))["closed"]
    assert closed.status == "ok", closed.text


@pytest.mark.parametrize("gap", [1e-4, 1e-3, 0.05, 1])
def test_a_real_gap_stays_one(tmp_path: Path, gap: float) -> None:
    points, faces = BOX
    corners = points[faces]
    # The lid is lifted off.
    corners[2:4, :, 2] += gap
    closed = look(tmp_path, facets(corners))["closed"]
    assert closed.status == "fail"
    assert "8 open edges" in closed.text


def test_fine_meshes_keep_their_corners(tmp_path: Path) -> None:
    # Far more corners than there are steps of the tolerance along an axis.
    heights = np.random.default_rng(0).random((60, 60)) * 1e-3
    y, x = np.mgrid[:60, :60] * 5e-5
    points = np.stack([x, y, heights], axis=-1).reshape(-1, 3)
    a = np.arange(3600).reshape(60, 60)[:-1, :-1].ravel()
    faces = np.concatenate([np.stack([a, a + 60, a + 61], 1), np.stack([a, a + 61, a + 1], 1)])
    far = together((points, faces), box(100, 1, 1, at=(0, 5, 0)))
    closed = look(tmp_path, stl(far))["closed"]
    # Of the sheet the border is open, and only that.
    assert f"{4 * 59} open edges" in closed.text


@pytest.mark.parametrize("missing", [0, 5, 11])
def test_a_missing_triangle_is_found(tmp_path: Path, missing: int) -> None:
    points, faces = BOX
    closed = look(tmp_path, stl((points, np.delete(faces, missing, axis=0))))["closed"]
    assert closed.status == "fail"
    assert "3 open edges" in closed.text


@pytest.mark.parametrize("rest", [b"\0\0", b"ab", bytes(49), b"made by somebody" * 20])
def test_bytes_after_the_triangles_are_passed_over_and_told(tmp_path: Path, rest: bytes) -> None:
    report = look(tmp_path, stl(BOX, rest=rest))
    assert is_the_box(report)
    assert report["file"].status == "warn"
    assert f"{len(rest)} bytes" in report["file"].text


@pytest.mark.parametrize("count", [0, 3, 13, 1000, 2**32 - 1])
@pytest.mark.parametrize("rest", [b"", b"\0\0"])
def test_a_wrong_count_is_read_by_the_size_and_told(
    tmp_path: Path, count: int, rest: bytes
) -> None:
    report = look(tmp_path, stl(BOX, count=count, rest=rest))
    assert is_the_box(report)
    assert report.status == "warn"
    assert f"{count:,}" in report["file"].text
    assert "12" in report["file"].text


def test_a_file_that_was_cut_off_is_told_and_not_closed(tmp_path: Path) -> None:
    report = look(tmp_path, stl(BOX)[:-70])
    assert "cut off" in report["file"].text
    assert report["closed"].status == "fail"


@pytest.mark.parametrize("head", [b"solid", b"solid part exported by", b"solid facet vertex outer"])
def test_a_binary_file_may_begin_with_solid(tmp_path: Path, head: bytes) -> None:
    report = look(tmp_path, stl(BOX, head=head))
    assert is_the_box(report)
    assert "file" not in report


LOOKS = {
    "usual": stl_text(BOX),
    "capitals": stl_text(BOX).upper(),
    "mixed": stl_text(BOX).replace("facet", "Facet").replace("vertex", "Vertex"),
    "tabs": stl_text(BOX).replace(" ", "\t"),
    "wide": stl_text(BOX).replace(" ", "    ").replace("\n", "\n\n\n"),
    "windows": stl_text(BOX).replace("\n", "\r\n"),
    "macintosh": stl_text(BOX).replace("\n", "\r"),
    "one line": stl_text(BOX).replace("\n", " "),
    "no name": stl_text(BOX, name=""),
    "long name": stl_text(BOX, name="facet of a vertex, endsolid? " * 9),
    "odd name": stl_text(BOX, name="Größe № 5 ✓"),
    "spaced": stl_text(BOX).replace("endfacet", "end facet").replace("endloop", "end loop"),
    "plus": stl_text(BOX).replace(" 30.0", " +30").replace(" 20.0", " +2.0E+01"),
    "blank lines first": "\n\n  " + stl_text(BOX),
    "no end": stl_text(BOX).rpartition("endsolid")[0],
    "two solids, one body": stl_text((BOX[0], BOX[1][:6]), (BOX[0], BOX[1][6:])),
}


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_of_any_look_is_read(tmp_path: Path, name: str, encoding: str) -> None:
    report = look(tmp_path, LOOKS[name].encode(encoding))
    assert is_the_box(report)
    assert ("file" in report) == (name == "no end")


def test_names_in_latin_1_and_exponents_are_read(tmp_path: Path) -> None:
    data = stl_text(BOX, name="Größe").replace("30.0", "3.0e+001").replace("20.0", "2e1")
    assert is_the_box(look(tmp_path, data.encode("latin-1")))


@pytest.mark.parametrize("tiny", ["1e-320", "-1e-300", "1e-45", "-0.0"])
def test_places_that_are_all_but_zero_do_no_harm(tmp_path: Path, tiny: str) -> None:
    data = stl_text(BOX).replace("30.0 0.0 0.0", f"30.0 {tiny} 0.0", 1)
    assert is_the_box(look(tmp_path, data))


def test_solids_that_touch_stay_apart(tmp_path: Path) -> None:
    closed = look(tmp_path, stl_text(BOX, box(at=(30, 0, 0))))["closed"]
    assert "2 pieces" in closed.text
    assert closed.status == "warn"


def test_polygons_in_text_are_read(tmp_path: Path) -> None:
    points, _ = BOX
    sides = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (1, 3, 7, 5), (3, 2, 6, 7), (2, 0, 4, 6)]
    facet = "facet normal 0 0 1\nouter loop\n" + "vertex {} {} {}\n" * 4 + "endloop\nendfacet\n"
    text = "".join(facet.format(*points[list(side)].ravel()) for side in sides)
    assert is_the_box(look(tmp_path, f"solid\n{text}endsolid\n"))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (stl_text(BOX).replace("30.0", "3,5"), "no number"),
        (stl_text(BOX).replace("30.0", "nan"), "NaN"),
        (stl_text(BOX).replace("30.0", "1e400"), "NaN or infinite"),
        (stl_text(BOX).replace("30.0", "1e300"), "farther away"),
        (stl_text(BOX).replace("vertex 30.0 20.0 10.0", "", 1), "fewer than three"),
        (stl_text(BOX)[:-200], "cut off"),
        ("solid a\nendsolid a\n", "empty"),
        (stl((np.full((3, 3), 1e38), np.array([[0, 1, 2]]))), "farther away"),
        (stl(BOX, head=b"x")[:84] + bytes(range(256)) * 4, "damaged"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(
    tmp_path: Path, data: str | bytes, sentence: str
) -> None:
    with pytest.raises(ReliefError, match=sentence) as told:
        look(tmp_path, data)
    assert told.value.hint
