"""Anyone's mesh files, sound and hostile, and the command line ``check``."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import struct
import subprocess
import time
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from relief_widget import Relief, example_photos
from relief_widget.cli import main
from relief_widget.errors import ReliefError
from relief_widget.preflight import check_file, preflight
from relief_widget.preflight.files import merge, read_mesh

BOX = trimesh.creation.box((30, 20, 10))


def run(*arguments: object) -> int:
    return main(["check", *map(str, arguments)])


def save(path: Path, mesh: trimesh.Trimesh = BOX, **options: Any) -> Path:
    mesh.export(path, **options)
    return path


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.stl", {}),
        ("a.STL", {"file_type": "stl"}),
        ("ascii.stl", {"file_type": "stl_ascii"}),
        ("a.obj", {}),
        ("a.ply", {}),
        ("ascii.ply", {"encoding": "ascii"}),
        ("a.3mf", {}),
    ],
)
def test_every_format_gives_the_same_part(
    name: str, options: dict[str, Any], tmp_path: Path
) -> None:
    report = check_file(save(tmp_path / name, **options), bed="Prusa MK4")
    assert report.status == "ok", str(report)
    assert report["size"].value == pytest.approx((30, 20, 10))
    assert report["volume"].value == pytest.approx(6)
    assert report["triangles"].value == 12
    vertices, _ = read_mesh(tmp_path / name)
    assert len(vertices) == 8


@pytest.mark.parametrize("suffix", [".stl", ".obj"])
def test_our_own_files_are_green_and_slicers_and_admesh_agree(suffix: str, tmp_path: Path) -> None:
    made = Relief.from_photo(example_photos()["coins"], mesh_quality=128, depth_intensity=0.02)
    path = made.save(tmp_path / f"part{suffix}")
    report = check_file(path)
    assert report["closed"].status == "ok"
    assert report["size"].value == pytest.approx(made.part.extents, abs=1e-3)
    assert report["volume"].value == pytest.approx(made.mesh.volume / 1000, rel=1e-4)
    slicer = shutil.which("prusa-slicer")
    assert slicer
    told = subprocess.run([slicer, "--info", path], capture_output=True, text=True, check=True)
    facts = dict(re.findall(r"^(\w+) = (.+)$", told.stdout, flags=re.M))
    assert facts["manifold"] == "yes"
    assert report["volume"].value == pytest.approx(float(facts["volume"]) / 1000, rel=1e-3)
    assert report["triangles"].value == int(facts["number_of_facets"])


@pytest.mark.parametrize("faces", [slice(None), slice(1, None), [*range(12), 0]])
def test_admesh_finds_as_many_loose_facets(faces: Any, tmp_path: Path) -> None:
    mesh = trimesh.Trimesh(BOX.vertices, BOX.faces[faces], process=False)
    path = save(tmp_path / "a.stl", mesh)
    admesh = shutil.which("admesh")
    assert admesh
    told = subprocess.run([admesh, path], capture_output=True, text=True, check=True).stdout
    loose = int(re.findall(r"Total disconnected facets\s*:\s*(\d+)", told)[0])
    assert (check_file(path)["closed"].status == "fail") == (loose > 0)


def stl(count: int, triangles: int, value: float = 1.0) -> bytes:
    facet = struct.pack("<12fH", 0, 0, 1, 0, 0, 0, value, 0, 0, 0, 1, 0, 0)
    return b"binary".ljust(80, b"\0") + struct.pack("<I", count) + facet * triangles


SOUND = "facet normal 0 0 1\nouter loop\n" + "vertex 0 0 0\n" * 3 + "endloop\nendfacet\n"
HOSTILE = {
    "rubbish.stl": (stl(4_000_000_000, 0) + bytes(range(256)) * 9, "4,000,000,000"),
    "nan.stl": (stl(2, 2, float("nan")), "NaN"),
    "infinite.stl": (stl(2, 2, float("inf")), "NaN"),
    "empty.stl": (b"", "empty"),
    "spaces.stl": (b"  \n\n", "empty"),
    "zeros.stl": (bytes(5000), "empty"),
    "none.stl": (stl(0, 0), "empty"),
    "short.stl": (b"\0\1\2", "too short"),
    "nothing.stl": (b"solid a\nendsolid a\n", "empty"),
    "cut.stl": (f"solid a\n{SOUND}facet normal 0 0".encode(), "cut off"),
    "page.stl": (b"<!DOCTYPE html><html><body>Log in</body></html>" * 9, "web page"),
    "page2.stl": (b"\xef\xbb\xbf\n <HTML><body>404</body></HTML>" * 9, "web page"),
    "prose.stl": (b"This is a letter to my aunt. " * 20, "another kind of text"),
    "solid.stl": (b"solid" + bytes(range(256)) * 4, "damaged"),
    "picture.ply": (b"\x89PNG\r\n\x1a\n" + bytes(200), "cannot be read as PLY"),
    "header.ply": (b"ply\nformat ascii 1.0\nelement vertex 9\nend_header\n", "PLY|empty"),
    "letters.obj": (b"v a b c\nf 1 2 3\n", "cannot be read as OBJ|empty"),
    "points.obj": (b"v 0 0 0\nv 1 0 0\nv 0 1 0\n", "empty"),
    "missing.obj": (b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n", "corner|cannot be read"),
    "no.3mf": (b"PK\3\4 rubbish", "no 3MF"),
    "script.py": (b"print()", "no mesh file"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_get_a_sentence(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, sentence = HOSTILE[name]
    (tmp_path / name).write_bytes(data)
    assert run(tmp_path / name) == 2
    told = capsys.readouterr()
    assert re.search(sentence, told.err), told.err
    assert name in told.err
    assert "Traceback" not in told.err
    assert len(told.err.splitlines()) == 1
    assert told.out == ""


def test_damaged_3mf_files_get_a_sentence(tmp_path: Path) -> None:
    empty, wrong = tmp_path / "empty.3mf", tmp_path / "wrong.3mf"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with zipfile.ZipFile(wrong, "w") as archive:
        archive.writestr("3D/3dmodel.model", "<model><resources>")
    with pytest.raises(ReliefError, match="no model"):
        check_file(empty)
    with pytest.raises(ReliefError, match="cannot be read as 3MF"):
        check_file(wrong)


@pytest.mark.parametrize(("name", "inside"), [("a.3mf", "3D/3dmodel.model"), ("a.zip", "a.stl")])
def test_a_package_that_unpacks_to_too_much_is_refused_unread(
    name: str, inside: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(inside, "w") as entry,
    ):
        for _ in range(41):
            entry.write(bytes(10_000_000))
    with pytest.raises(ReliefError, match=r"unpacks to 410 MB"):
        check_file(path)


def test_a_file_of_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.stl"
    path.touch()
    os.truncate(path, 3_000_000_000)
    with pytest.raises(ReliefError, match=r"3\.0 GB"):
        check_file(path)


def test_a_3mf_that_names_its_unit_is_read_in_it(tmp_path: Path) -> None:
    metric, imperial = save(tmp_path / "mm.3mf"), tmp_path / "in.3mf"
    with zipfile.ZipFile(metric) as old, zipfile.ZipFile(imperial, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, text.replace(b'unit="millimeter"', b'unit="inch"'))
    assert check_file(metric)["size"].value == pytest.approx((30, 20, 10))
    assert check_file(imperial)["size"].value == pytest.approx((762, 508, 254))
    assert check_file(imperial, units="mm")["size"].value == pytest.approx((30, 20, 10))


def test_inches_are_suspected_and_read_when_asked(tmp_path: Path) -> None:
    path = save(tmp_path / "a.stl", trimesh.creation.box((4, 3, 1)))
    suspected = check_file(path)["size"]
    assert suspected.status == "warn"
    assert "--units inch" in suspected.advice
    assert check_file(path, units="inch")["size"].value == pytest.approx((101.6, 76.2, 25.4))
    assert check_file(path, units="inch")["size"].status == "ok"


def test_bodies_that_touch_stay_apart_in_3mf(tmp_path: Path) -> None:
    scene: Any = trimesh.Scene([BOX, BOX.copy().apply_translation([30, 0, 0])])
    scene.export(tmp_path / "two.3mf")
    closed = check_file(tmp_path / "two.3mf")["closed"]
    assert closed.status == "warn"
    assert "2 pieces" in closed.text


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_merging_keeps_every_corner_where_it_is(seed: int) -> None:
    points = np.random.default_rng(seed).integers(0, 3, (40, 3)).astype(float)
    points[0] = -0.0
    merged, index = merge(points)
    np.testing.assert_array_equal(merged[index], points)
    assert len(merged) == len({tuple(point) for point in points + 0.0})


def _exported(kind: str) -> bytes:
    made: str | bytes = BOX.export(file_type=kind)
    return made if isinstance(made, bytes) else made.encode()


SOUND_FILES = {kind: _exported(kind) for kind in ("stl", "stl_ascii", "obj", "ply", "3mf")}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damage_to_a_file_gives_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(sorted(SOUND_FILES)))
    content = bytearray(SOUND_FILES[kind])
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(1, len(content)))]
    path = tmp_path_factory.mktemp("fuzz") / f"a.{kind.removesuffix('_ascii')}"
    path.write_bytes(content)
    with contextlib.suppress(ReliefError):
        json.dumps(check_file(path).to_dict(), allow_nan=False)


def test_exit_codes_and_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound = save(tmp_path / "sound.stl")
    assert run(sound, "--bed", "Prusa MK4") == 0
    assert "nothing to change" in capsys.readouterr().out
    thin = save(tmp_path / "thin.stl", trimesh.creation.box((30, 30, 1)))
    assert run(thin) == 0  # amber stops nobody
    assert "! Warning" in capsys.readouterr().out
    assert run(thin, "--nozzle-mm", "1.2") == 1
    assert "✗ Problem" in capsys.readouterr().out
    hole = trimesh.Trimesh(BOX.vertices, BOX.faces[1:], process=False)
    assert run(save(tmp_path / "hole.stl", hole)) == 1
    assert "3 open edges" in capsys.readouterr().out
    assert run(tmp_path / "nowhere.stl") == 2
    assert run(sound, "--target", "cncc") == 2
    assert "Did you mean 'cnc'" in capsys.readouterr().err
    assert run(sound, "--nozzle-mm", "0") == 2
    with pytest.raises(SystemExit):
        run(sound, "--units", "parsec")


def test_json_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save(tmp_path / "a.stl")
    assert run(path, "--json", "--target", "resin", "--bed", "20x20x20", "--units", "mm") == 1
    data = json.loads(capsys.readouterr().out)
    assert data["status"] == "fail"
    assert data["title"] == "a.stl"
    bed = next(check for check in data["checks"] if check["name"] == "bed")
    assert bed["status"] == "fail"
    assert bed["value"] == [30, 20, 10]
    assert bed["limit"] == [20, 20, 20]


def test_our_own_glb_and_zips_are_read(tmp_path: Path) -> None:
    y, x = np.mgrid[-1:1:40j, -1:1:60j]
    made = Relief.from_heights(np.maximum(1 - x * x - y * y, 0), size_mm=60)
    size = pytest.approx(made.part.extents, abs=1e-3)
    for suffix in (".glb", ".obj.zip", ".3mf", ".ply"):
        report = check_file(made.save(tmp_path / f"part{suffix}"))
        assert report.status == "ok", str(report)
        assert report["size"].value == size
    tiles = made.replace(bed_x_mm=35, bed_y_mm=35).save(tmp_path / "tiles.stl.zip")
    report = check_file(tiles, bed="40x40x40")
    assert report["bed"].status == "ok"
    assert check_file(tiles, bed="25x25x25")["bed"].status == "fail"
    assert report["volume"].value == pytest.approx(made.preflight()["volume"].value, rel=1e-3)


def packed(path: Path, **entries: bytes | str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "."), content)
    return path


def test_a_zip_of_meshes_is_checked_part_by_part(tmp_path: Path) -> None:
    sound, hole = BOX.export(file_type="stl"), trimesh.Trimesh(BOX.vertices, BOX.faces[1:])
    path = packed(
        tmp_path / "parts.zip",
        a__stl=sound,
        b__obj=str(hole.export(file_type="obj")),
        readme__txt="hello",
        _x__stl=b"notes",
    )
    with pytest.raises(ReliefError, match=r"_x\.stl"):
        check_file(path)
    path = packed(tmp_path / "parts.zip", a__stl=sound, b__obj=str(hole.export(file_type="obj")))
    report = check_file(path)
    assert report["closed"].status == "fail"
    assert "b.obj" in report["closed"].text
    assert report["triangles"].value == 23
    with pytest.raises(ReliefError, match="no mesh in it"):
        check_file(packed(tmp_path / "none.zip", readme__txt="hello"))


def test_a_zip_of_countless_files_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}.stl", b"")
    with pytest.raises(ReliefError, match="too many files"):
        check_file(path)


@pytest.mark.parametrize(
    ("units", "scale"),
    [("micron", 0.001), ("mm", 1), ("cm", 10), ("m", 1000), ("inch", 25.4), ("ft", 304.8)],
)
def test_every_unit_can_be_asked_for(units: Any, scale: float, tmp_path: Path) -> None:
    path = save(tmp_path / "a.stl", trimesh.creation.box((0.047, 0.03, 0.02)))
    size = check_file(path, units=units)["size"].value
    assert size == pytest.approx((0.047 * scale, 0.03 * scale, 0.02 * scale), abs=1e-3)
    with pytest.raises(ReliefError, match="parsec"):
        check_file(path, units="parsec")  # type: ignore[arg-type]


def test_metres_are_suspected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save(tmp_path / "a.stl", trimesh.creation.box((0.047, 0.03, 0.02)))
    size = check_file(path)["size"]
    assert size.status == "warn"
    assert "in metres or inches?" in size.text
    assert size.advice.startswith("Then read it with --units m ")
    assert run(path, "--units", "m") == 0
    assert "47 × 30 × 20 mm" in capsys.readouterr().out


@pytest.mark.parametrize("year", ["1975-03-01", "2031-12-24"])
@pytest.mark.parametrize("suffix", [".obj.zip", ".stl.zip", ".3mf", ".relief", ".glb", ".ply"])
def test_saved_bytes_do_not_depend_on_the_clock(
    suffix: str, year: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Relief.from_heights(np.eye(9))
    now = made.save(tmp_path / f"part{suffix}").read_bytes()
    then = time.mktime(time.strptime(year, "%Y-%m-%d"))
    real = time.localtime
    monkeypatch.setattr(time, "time", lambda: then)
    monkeypatch.setattr(time, "localtime", lambda *given: real(*(given or (then,))))
    assert Relief.from_heights(np.eye(9)).save(tmp_path / f"part{suffix}").read_bytes() == now


def test_bytes_are_read_by_what_they_are(tmp_path: Path) -> None:
    for kind, data in SOUND_FILES.items():
        report = check_file(data)
        assert report["volume"].value == pytest.approx(6), kind
    zipped = packed(tmp_path / "a.zip", a__stl=SOUND_FILES["stl"]).read_bytes()
    assert check_file(zipped)["volume"].value == pytest.approx(6)
    for odd in (b"", b"\0", b"PK", b"glTF", b"ply", b"solid", b"hello", None, 7, ["a.stl"]):
        with pytest.raises(ReliefError):
            check_file(odd)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        # One long word would make all others as long.
        ("a.obj", b"v 0 0 0\n" * 20_000 + b"v " + b"1" * 1_000_000 + b" 0 0\nf 1 2 3\n"),
        ("a.obj", b"v 0 0 0\n" * 9 + b"f 1 2 3\n" * 20_000 + b"f 1 2 " + b"1" * 1_000_000),
        ("a.obj", b"v 0 0 0\n" * 9 + b"f " + b"1 " * 20_000_000),
        ("a.ply", b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nend_header\n"
         + b"0 " * 90_000 + b"1" * 1_000_000),
        ("a.ply", b"ply\nformat binary_little_endian 1.0\nelement junk 20000000\n"
         b"property list uchar uchar none\nend_header\n" + bytes(20_000_000)),
        ("a.ply", b"ply\nformat ascii 1.0\nelement vertex 1\n"
         + b"property float x\n" * 40_000 + b"end_header\n" + b"0 " * 40_000),
        ("a.stl", b"solid a\nfacet normal 0 0 1\nouter loop\n" + b"vertex 1 2 3 " * 400_000
         + b"\nendsolid"),
    ],
)  # fmt: skip
def test_little_that_would_take_much_is_refused(name: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    tracemalloc.start()
    started = time.process_time()
    try:
        with pytest.raises(ReliefError):
            check_file(path)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 500e6
    assert time.process_time() - started < 20


def test_an_entry_that_unpacks_to_more_than_it_says_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", a__stl=b"")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.stl", bytes(50_000_000))
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 50_000_000), struct.pack("<I", 1000)))
    tracemalloc.start()
    try:
        with pytest.raises(ReliefError):
            check_file(path)
        assert tracemalloc.get_traced_memory()[1] < 10e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "mesh",
    [
        (np.array([[0, 0, None]] * 3, dtype=object), [[0, 1, 2]]),
        (np.array([["a", "b", "c"]] * 3), [[0, 1, 2]]),
        (np.zeros((3, 3)), np.array([[0.5, 1, 2]])),
        (np.zeros((3, 3)), np.array([["a", "b", "c"]], dtype=object)),
        (np.zeros((3, 3), complex), [[0, 1, 2]]),
        (np.full((3, 3), 1e300), [[0, 1, 2]]),
        ([[0, 0, 0], [1]], [[0, 1, 2]]),
        (np.zeros((3, 3)), [[0, 1, 10**30]]),
    ],
)
def test_arrays_that_are_no_mesh_get_a_sentence(mesh: Any) -> None:
    with pytest.raises(ReliefError) as told:
        preflight(mesh)
    assert told.value.hint


def test_arrays_of_objects_that_are_numbers_are_read() -> None:
    points, faces = BOX.vertices.astype(object), BOX.faces.astype(object)
    assert preflight((points, faces))["volume"].value == pytest.approx(6)
