from __future__ import annotations

import dataclasses
import io
import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from relief_widget import Photo, Relief, ReliefError, example_photos, open_photo, project
from relief_widget.depth import BuiltIn, DepthMap, Luminance
from relief_widget.depth.quality import QualityReport
from relief_widget.depth.quality.framing import Alignment
from relief_widget.depth.quality.tone import Levels
from relief_widget.heights import Stroke
from relief_widget.heights.edits import Brush
from relief_widget.heights.lithophane import Tones
from relief_widget.heights.sources import Brightness
from relief_widget.project.pictures import pack_plane, unpack_plane
from tests.support.bounds import LEVEL
from tests.support.pictures import encoded, scene

QUALITY = 128


def ramp() -> npt.NDArray[np.uint8]:
    return np.linspace(0, 255, 9 * 12 * 3).reshape(9, 12, 3).astype(np.uint8)


def cut_out() -> Image.Image:
    pixels = scene(60, 80)
    alpha = np.zeros((60, 80), np.uint8)
    alpha[15:45, 20:70] = 255
    alpha[14] = 77
    return Image.fromarray(np.dstack([pixels, alpha]))


def painted() -> Relief:
    mask = np.zeros((60, 80), np.float32)
    mask[20:50, 10:60] = np.linspace(0, 1, 50, dtype=np.float32)
    return Relief.from_photo(scene(60, 80), mask=mask, mesh_quality=QUALITY, depth_intensity=0.2)


def depth_16() -> npt.NDArray[np.uint16]:
    y, x = np.mgrid[0:50, 0:70]
    values: npt.NDArray[np.uint16] = np.rint((np.sin(x / 9) * np.cos(y / 7) + 1) * 30000).astype(
        np.uint16
    )
    return values


def brightness(photo: Photo, style: str) -> npt.NDArray[np.float32]:
    assert style
    return photo.luminance()


CURVE = ((0.0, 0.02), (0.31, 0.4), (1.0, 0.93))
STROKES = tuple(
    Stroke(brush=brush, points=[(0.3, 0.31, 0.7), (0.62, 0.44)], size=0.3, symmetry="left_right")
    for brush in get_args(Brush)
)

MAKERS: dict[str, Callable[[], Relief]] = {
    "built-in depth": lambda: Relief.from_photo(example_photos()["cat"], mesh_quality=QUALITY),
    "alpha mask": lambda: Relief.from_photo(cut_out(), style="organic", mesh_quality=QUALITY),
    "no subject": lambda: Relief.from_photo(scene(), mask=False, provider=Luminance()),
    "painted mask": painted,
    "16-bit photo": lambda: Relief.from_photo(
        np.random.default_rng(1).integers(0, 65536, (40, 30, 3)).astype(np.uint16),
        mesh_quality=QUALITY,
    ),
    "float photo": lambda: Relief.from_photo(
        np.random.default_rng(1).random((40, 30, 3), np.float32), mesh_quality=QUALITY
    ),
    "lithophane": lambda: Relief.lithophane(scene(), 0.7, 2.9, 1.1, mesh_quality=QUALITY),
    "measured lithophane": lambda: Relief.lithophane(
        scene(), table=[(0.4, 900.0), (1.0, 400.0), (2.0, 111.0), (3.3, 17.0)], mesh_quality=QUALITY
    ),
    "depth map": lambda: Relief.from_depth_map(depth_16(), mesh_quality=QUALITY, mirror=True),
    "depth map and texture": lambda: Relief.from_depth_map(
        depth_16(), texture=scene(100, 140), mesh_quality=QUALITY, invert=True
    ),
    "heights": lambda: Relief.from_heights(
        np.random.default_rng(2).random((9, 14)), mode="planar", depth_cutoff=0.2
    ),
    "textured heights": lambda: Relief.from_heights(
        np.linspace(0, 1, 48).reshape(6, 8), texture=scene()
    ),
    "step wedge": lambda: Relief.step_wedge(steps=3),
    "shaped by hand": lambda: painted().edited(STROKES).replace_edits(curve=CURVE),
    "shaped lithophane": lambda: Relief.lithophane(scene(), mesh_quality=QUALITY).edited(STROKES),
    "shaped heights": lambda: Relief.from_heights(np.random.default_rng(4).random((30, 40))).edited(
        STROKES[1]
    ),
    "own function": lambda: Relief.from_photo(scene(), provider=brightness, mesh_quality=QUALITY),
}


def stl(relief: Relief, folder: Path) -> bytes:
    return relief.save(folder / "part.stl").read_bytes()


@pytest.mark.parametrize("kind", MAKERS)
def test_an_opened_relief_is_the_saved_one_bit_for_bit(kind: str, tmp_path: Path) -> None:
    relief = MAKERS[kind]()
    path = relief.save(tmp_path / "Grüße 猫.relief")
    opened = Relief.open(path)
    assert opened.settings == relief.settings
    assert type(opened.source) is type(relief.source)
    assert stl(opened, tmp_path) == stl(relief, tmp_path)
    assert (opened.photo is None) == (relief.photo is None)
    if relief.photo is not None:
        assert opened.photo is not None
        assert opened.photo.name == relief.photo.name
        assert opened.photo.pixels.dtype == relief.photo.pixels.dtype
        np.testing.assert_array_equal(opened.photo.pixels, relief.photo.pixels)
        if isinstance(relief.photo.mask, np.ndarray):
            np.testing.assert_array_equal(opened.photo.mask, relief.photo.mask)
        else:
            assert opened.photo.mask is relief.photo.mask
    if relief.depth_map is not None:
        assert opened.depth_map is not None
        assert opened.depth_map.values.tobytes() == relief.depth_map.values.tobytes()
        for name in ("style", "size", "confidence"):
            assert getattr(opened.depth_map, name) == getattr(relief.depth_map, name)
    assert opened.project() == relief.project()


@pytest.mark.parametrize("kind", ["built-in depth", "alpha mask", "painted mask", "lithophane"])
def test_an_opened_relief_works_on_like_the_saved_one(kind: str, tmp_path: Path) -> None:
    relief = MAKERS[kind]()
    opened = Relief.open(relief.project())
    for change in ({"mesh_quality": 150, "smoothing": 2.0}, {"size_mm": 40.0, "invert": True}):
        assert stl(opened.replace(**change), tmp_path) == stl(relief.replace(**change), tmp_path)
    if kind == "lithophane":
        with pytest.raises(ReliefError, match="no subject mask"):
            opened.replace_mask(False)
        return
    for mask in (False, None):
        assert stl(opened.replace_mask(mask), tmp_path) == stl(relief.replace_mask(mask), tmp_path)


def test_a_3mf_opens_as_the_relief_that_it_was_saved_from(tmp_path: Path) -> None:
    relief = MAKERS["painted mask"]()
    path = relief.save(tmp_path / "part.3mf")
    opened = Relief.open(path)
    assert stl(opened, tmp_path) == stl(relief, tmp_path)
    assert opened.project() == relief.project()


def test_a_3mf_of_others_has_no_project(tmp_path: Path) -> None:
    import trimesh

    trimesh.creation.box().export(tmp_path / "box.3mf")
    with pytest.raises(ReliefError, match="only a mesh"):
        Relief.open(tmp_path / "box.3mf")


def test_the_builtin_provider_comes_back_and_others_by_name() -> None:
    assert isinstance(Relief.open(MAKERS["built-in depth"]().project()).provider, BuiltIn)
    opened = Relief.open(MAKERS["own function"]().project())
    assert opened.provider is None
    assert opened.depth_map is not None
    assert opened.depth_map.origin == {"provider": "brightness"}
    again = Relief.open(opened.project())
    assert again.depth_map is not None
    assert again.depth_map.origin == {"provider": "brightness"}


def test_a_provider_with_a_key_leaves_only_its_name() -> None:
    class Paid:
        def __init__(self) -> None:
            self.api_key = "SECRET-123"

        def __call__(self, photo: Photo, style: str) -> DepthMap:
            assert style
            origin = {"provider": "Paid", "model": "deep-1"}
            return DepthMap(photo.luminance(), size=photo.size, origin=origin)

        def __repr__(self) -> str:
            return f"Paid({self.api_key})"

    data = Relief.from_photo(scene(), provider=Paid(), mesh_quality=QUALITY).project()
    assert b"SECRET" not in data
    opened = Relief.open(data)
    assert opened.depth_map is not None
    assert opened.depth_map.origin == {"provider": "Paid", "model": "deep-1"}


def test_the_quality_report_of_a_model_comes_back() -> None:
    values = np.linspace(0, 1, 1200, dtype=np.float32).reshape(30, 40)
    report = QualityReport(
        received=Levels(200, 7.6, 0.9, 0.25),
        levels=Levels(1200, 10.2, 1.0, 0.0),
        alignment=Alignment(0.01, -0.02, 1.1, 0.5, 0.9, related=True, undone=True),
        stretched=(0.1, 0.9),
        border=(0, 1, 2, 3),
        warnings=("Look at the ears.",),
    )
    relief = Relief.from_depth_map(DepthMap(values, report=report), mesh_quality=QUALITY)
    opened = Relief.open(relief.project())
    assert opened.depth_map is not None
    assert opened.depth_map.report == report
    assert opened.project() == relief.project()


@pytest.mark.parametrize(
    "report", [5, [], {"received": 5}, {"levels": {}}, {"unknown": 1}, {"warnings": [1]}]
)
def test_a_report_that_is_not_understood_costs_nothing_but_itself(report: Any) -> None:
    opened = Relief.open(rebuilt(setting("source.report", report)))
    assert opened.depth_map is not None
    assert opened.depth_map.report is None


def test_a_project_opens_in_another_process_without_the_photo_or_the_provider(
    tmp_path: Path,
) -> None:
    photo = tmp_path / "secret folder" / "my cat.png"
    photo.parent.mkdir()
    Image.fromarray(scene()).save(photo)
    relief = Relief.from_photo(str(photo), provider=brightness, mesh_quality=QUALITY)
    path = relief.save(tmp_path / "a.relief")
    expected = stl(relief, tmp_path)
    photo.unlink()
    assert b"secret folder" not in path.read_bytes()
    code = (
        "import sys; from relief_widget import Relief; "
        "r = Relief.open(sys.argv[1]); r.save(sys.argv[2]); print(r.photo.name)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(path), str(tmp_path / "b.stl")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "my cat"
    assert (tmp_path / "b.stl").read_bytes() == expected


def test_a_name_that_is_a_path_stays_at_home() -> None:
    photo = Photo(scene(), name=str(Path.home() / "holiday" / "beach"))
    data = Relief.from_heights(np.eye(4), texture=photo).project()
    assert str(Path.home()).encode() not in data
    opened = Relief.open(data)
    assert opened.photo is not None
    assert opened.photo.name == "beach"


def test_files_inside_are_ordinary_pictures() -> None:
    import tifffile

    relief = MAKERS["built-in depth"]()
    assert relief.photo is not None
    assert relief.depth_map is not None
    with zipfile.ZipFile(io.BytesIO(relief.project())) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest["settings"]["mesh_quality"] == QUALITY
        assert manifest["source"]["origin"] == {"provider": "BuiltIn"}
        (photo,) = manifest["photo"]["pixels"]
        seen = np.asarray(Image.open(io.BytesIO(archive.read(photo))))
        np.testing.assert_array_equal(seen, relief.photo.pixels)
        depth = Image.open(io.BytesIO(archive.read(manifest["source"]["values"])))
        np.testing.assert_array_equal(np.asarray(depth), relief.depth_map.values)
        # Its tags; the pixels of the floating point predictor need one more package.
        with tifffile.TiffFile(io.BytesIO(archive.read(manifest["source"]["values"]))) as tiff:
            assert tiff.pages[0].dtype == np.float32


FILES = Path(__file__).parent / "files"


def test_a_lithophane_comes_back_with_its_attenuation_and_its_table() -> None:
    photo = scene()
    plain = Relief.open(Relief.lithophane(photo, 0.6, 3.2, 0.55).project()).source
    assert isinstance(plain, Brightness)
    assert plain.tones == Tones(0.6, 3.2, 0.55)
    table = [(4, 0.1), (0.5, 0.7), (2, 0.28), (1, 0.5)]
    measured = Relief.open(Relief.lithophane(photo, 1, 3, table=table).project()).source
    assert isinstance(measured, Brightness)
    assert measured.tones.table == tuple(sorted(table))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lithophane_v1", Relief.lithophane(ramp(), 0.6, 3.2, 0.55, mesh_quality=128)),
        (
            "measured_lithophane_v1",
            Relief.lithophane(
                ramp(), 1, 3, table=[(0.5, 0.7), (1, 0.5), (2, 0.28), (4, 0.1)], mesh_quality=128
            ),
        ),
    ],
)
def test_lithophanes_that_version_1_saved_still_open(name: str, expected: Relief) -> None:
    opened = Relief.open(FILES / f"{name}.relief")
    assert opened.settings == expected.settings
    assert opened.source.thickness_mm == expected.source.thickness_mm
    np.testing.assert_allclose(opened.part.z, expected.part.z, atol=1e-4)
    np.testing.assert_allclose(opened.transmitted(), expected.transmitted(), atol=1e-4)


def _waves() -> DepthMap:
    y, x = np.mgrid[0:24, 0:32]
    mask = np.zeros((24, 32), np.float32)
    mask[6:18, 8:24] = 1
    return DepthMap((0.5 + 0.4 * np.sin(x / 5) * np.cos(y / 4)).astype(np.float32), mask=mask)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        (
            "depth_map_v2",
            lambda: Relief.from_depth_map(_waves(), mesh_quality=QUALITY, depth_intensity=0.12),
        ),
        (
            "heights_v2",
            lambda: Relief.from_heights(
                np.arange(12).reshape(3, 4) / 11.0, texture=ramp(), size_mm=40.0
            ),
        ),
        ("lithophane_v2", lambda: Relief.lithophane(ramp(), 0.6, 3.2, 0.55, mesh_quality=QUALITY)),
    ],
)
def test_what_version_2_saved_still_opens(name: str, make: Callable[[], Relief]) -> None:
    opened, expected = Relief.open(FILES / f"{name}.relief"), make()
    assert opened.settings == expected.settings
    assert not opened.edits
    assert type(opened.source) is type(expected.source)
    np.testing.assert_allclose(opened.heights, expected.heights, atol=LEVEL)
    np.testing.assert_allclose(opened.mesh.extents, expected.mesh.extents, atol=1e-4)


def test_a_step_wedge_keeps_its_thickness() -> None:
    assert Relief.open(FILES / "step_wedge_v1.relief").source.thickness_mm == (0.5, 2.5)
    wedge = Relief.step_wedge(0.5, 2.5, 3)
    again = Relief.open(wedge.project())
    assert again.is_lithophane
    assert again.part.extents == wedge.part.extents


finite = st.floats(0, 1, width=32)


@given(
    st.tuples(st.integers(2, 9), st.integers(2, 9)).flatmap(
        lambda shape: st.one_of(
            arrays(np.float32, shape, elements=finite),
            arrays(np.uint8, shape).map(lambda a: a.astype(np.float32) / np.float32(255)),
            arrays(np.uint16, shape).map(lambda a: a.astype(np.float32) / np.float32(65535)),
        )
    )
)
def test_any_plane_comes_back_bit_for_bit(values: Any) -> None:
    values[0, 0] = -0.0 if values[0, 0] == 0 and values[0, 1] > 0.5 else values[0, 0]
    back = unpack_plane(pack_plane(values)[1])
    assert back.dtype == np.float32
    assert back.tobytes() == np.ascontiguousarray(values).tobytes()


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "mode": st.sampled_from(["solid", "planar"]),
            "size_mm": st.floats(1, 10000),
            "depth_intensity": st.floats(0, 0.3),
            "base_thickness": st.floats(0.01, 0.5),
            "invert": st.booleans(),
            "mirror": st.sampled_from(["auto", True, False]),
            "compression": st.floats(0, 1),
            "mesh_quality": st.integers(128, 1024),
            "material": st.sampled_from(["marble", "metallic_bronze"]),
        },
    ),
    arrays(np.float32, (3, 5), elements=finite),
)
def test_any_settings_and_heights_come_back(settings: dict[str, Any], values: Any) -> None:
    relief = Relief.from_heights(values, **settings)
    opened = Relief.open(relief.project())
    assert opened.settings == relief.settings
    assert opened.part.z.tobytes() == relief.part.z.tobytes()


# Files that were made to do harm.


def rebuilt(
    change: Callable[[dict[str, Any]], Any] = bool,
    files: dict[str, bytes] | None = None,
    kind: str = "depth map and texture",
) -> bytes:
    """Return a project with another manifest and other files in it."""
    source = zipfile.ZipFile(io.BytesIO(MAKERS[kind]().project()))
    entries = {name: source.read(name) for name in source.namelist()}
    manifest = json.loads(entries.pop("manifest.json"))
    change(manifest)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        for name, data in (entries | (files or {})).items():
            archive.writestr(name, data)
    return buffer.getvalue()


def setting(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        *folders, last = path.split(".")
        for folder in folders:
            manifest = manifest[folder]
        manifest[last] = value

    return change


def npy_pickle() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def tiff(values: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "TIFF")
    return buffer.getvalue()


def giant_png() -> bytes:
    from tests.support.pictures import chunk, png_header

    return png_header(60000, 60000) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def zipped(entries: list[tuple[str, bytes]], **options: Any) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return buffer.getvalue()


def duplicated() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate"):
        return zipped([("manifest.json", b"{}"), ("manifest.json", b"{}")])


def linked() -> bytes:
    source = zipfile.ZipFile(io.BytesIO(rebuilt()))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for info in source.infolist():
            if info.filename.startswith("photo"):
                info.external_attr = 0o120777 << 16
                archive.writestr(info, "/etc/passwd")
            else:
                archive.writestr(info, source.read(info.filename))
    return buffer.getvalue()


def lying_size() -> bytes:
    """Say in the directory that the manifest has 4 GB."""
    data = bytearray(rebuilt())
    place = data.index(b"PK\x01\x02")
    struct.pack_into("<II", data, place + 20, 0xF0000000, 0xF0000000)
    return bytes(data)


nan = np.full((4, 4), np.nan, np.float32)

HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "text": lambda: b"hello, world",
    "a picture": lambda: tiff(np.eye(4, dtype=np.float32)),
    "cut short": lambda: rebuilt()[:-100],
    "half": lambda: rebuilt()[: len(rebuilt()) // 2],
    "only the end": lambda: b"PK\x05\x06" + bytes(18),
    "no manifest": lambda: zipped([("a.txt", b"a")]),
    "manifest is a list": lambda: zipped([("manifest.json", b"[1, 2]")]),
    "manifest is no JSON": lambda: zipped([("manifest.json", b"{'a': 1}")]),
    "manifest is no text": lambda: zipped([("manifest.json", bytes(range(256)))]),
    "deep JSON": lambda: zipped([("manifest.json", b"[" * 400_000)]),
    "long number": lambda: zipped([("manifest.json", b'{"a": ' + b"9" * 9999 + b"}")]),
    "long manifest": lambda: zipped([("manifest.json", b" " * 2_000_000 + b"{}")]),
    "NaN in JSON": lambda: rebuilt(setting("settings.size_mm", float("nan"))),
    "another format": lambda: rebuilt(setting("format", "something else")),
    "no version": lambda: rebuilt(setting("version", None)),
    "version is a bool": lambda: rebuilt(setting("version", True)),
    "path traversal": lambda: rebuilt(files={"../../evil.txt": b"x"}),
    "absolute path": lambda: rebuilt(files={"/etc/evil.txt": b"x"}),
    "windows path": lambda: rebuilt(files={"C:\\evil.txt": b"x"}),
    "hidden name": lambda: rebuilt(files={".bashrc": b"x"}),
    "traversal in the manifest": lambda: rebuilt(setting("source.values", "../depth.png")),
    "itself as a picture": lambda: rebuilt(setting("source.values", "manifest.json")),
    "too many entries": lambda: rebuilt(files={f"e{i}.png": b"x" for i in range(100)}),
    "duplicated": duplicated,
    "link": linked,
    "zip bomb": lambda: zipped(
        [("manifest.json", b"{}"), ("depth.tiff", bytes(50_000_000))],
        compression=zipfile.ZIP_DEFLATED,
    ),
    "bomb in a 3MF": lambda: zipped(
        [("Metadata/relief_widget.relief", bytes(50_000_000))], compression=zipfile.ZIP_DEFLATED
    ),
    "3MF in a 3MF": lambda: zipped(
        [("Metadata/relief_widget.relief", zipped([("Metadata/relief_widget.relief", b"x")]))]
    ),
    "lying size": lying_size,
    "giant picture": lambda: rebuilt(files={"depth.png": giant_png()}),
    "no picture": lambda: rebuilt(files={"depth.png": b"x" * 100}),
    "pickle": lambda: rebuilt(files={"depth.png": npy_pickle()}),
    "NaN in depth": lambda: rebuilt(files={"depth.png": tiff(nan)}),
    "colours for depth": lambda: rebuilt(
        files={"depth.png": encoded(Image.fromarray(scene(50, 70)), "PNG")}
    ),
    "heights beyond 1": lambda: rebuilt(
        setting("source.values", "h.tiff"),
        {"h.tiff": tiff(np.full((4, 4), 7, np.float32))},
        "heights",
    ),
    "setting out of range": lambda: rebuilt(setting("settings.mesh_quality", 10**9)),
    "setting of another type": lambda: rebuilt(setting("settings.size_mm", [1, 2])),
    "settings are a list": lambda: rebuilt(setting("settings", [])),
    "no source": lambda: rebuilt(setting("source", None)),
    "source is text": lambda: rebuilt(setting("source", "depth")),
    "unknown kind": lambda: rebuilt(setting("source.kind", "magic")),
    "unknown provider": lambda: rebuilt(setting("source.provider", "os.system")),
    "unknown style": lambda: rebuilt(setting("source.style", "loud")),
    "style is a list": lambda: rebuilt(setting("source.style", [])),
    "size of zero": lambda: rebuilt(setting("source.size", [0, 5])),
    "size is giant": lambda: rebuilt(setting("source.size", [1, 10**12])),
    "size is one": lambda: rebuilt(setting("source.size", [5])),
    "confidence is text": lambda: rebuilt(setting("source.confidence", "high")),
    "origin is a list": lambda: rebuilt(setting("source.origin", ["a"])),
    "photo is missing": lambda: rebuilt(setting("photo.pixels", ["photo.png"])),
    "photo is a number": lambda: rebuilt(setting("photo", 5)),
    "photo has two bands": lambda: rebuilt(setting("photo.pixels", ["photo.webp"] * 2)),
    "photo of planes": lambda: rebuilt(setting("photo.pixels", ["photo.webp"] * 3)),
    "name is a number": lambda: rebuilt(setting("photo.name", 5)),
    "mask of another size": lambda: rebuilt(
        setting("photo.mask", "m.png"), {"m.png": pack_plane(np.zeros((3, 3), np.float32))[1]}
    ),
    "table is not darker": lambda: rebuilt(
        setting("source.table", [[0.5, 0.1], [4.0, 0.9]]), kind="lithophane"
    ),
    "table of texts": lambda: rebuilt(setting("source.table", ["ab", "cd"]), kind="lithophane"),
    "thickness is a bool": lambda: rebuilt(setting("source.max_mm", True), kind="lithophane"),
    "lithophane without thickness": lambda: rebuilt(
        setting("source.min_mm", None), kind="lithophane"
    ),
    "edits are missing": lambda: rebuilt(setting("edits", "edits.json")),
    "edits are a number": lambda: rebuilt(setting("edits", 5)),
    "edits are no JSON": lambda: rebuilt(setting("edits", "e.json"), {"e.json": b"{"}),
    "edits are a list": lambda: rebuilt(setting("edits", "e.json"), {"e.json": b"[]"}),
    "stroke of an unknown brush": lambda: rebuilt(
        setting("edits", "e.json"),
        {"e.json": json.dumps({"curve": CURVE, "strokes": [{"brush": "os"}]}).encode()},
    ),
    "curve of NaN": lambda: rebuilt(
        setting("edits", "e.json"), {"e.json": b'{"curve": [[0, NaN], [1, 1]], "strokes": []}'}
    ),
    "lithophane without a photo": lambda: rebuilt(setting("photo", None), kind="lithophane"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_gets_one_sentence_and_writes_nothing(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = HOSTILE[kind]()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.relief").write_bytes(data)
    for source in ("x.relief", data):
        with pytest.raises(ReliefError) as caught:
            Relief.open(source)
        message, hint = caught.value.message, caught.value.hint
        assert message.startswith("'x.relief'" if source == "x.relief" else "The data")
        assert message.endswith(".")
        assert "\n" not in message
        assert len(message) < 250
        assert hint
    assert [path.name for path in tmp_path.iterdir()] == ["x.relief"]


def test_a_newer_version_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.relief").write_bytes(rebuilt(setting("version", 4), {"new/things.bin": b"x"}))
    with pytest.raises(ReliefError, match="newer version") as caught:
        Relief.open(tmp_path / "x.relief")
    assert "pip install" in caught.value.hint
    with pytest.raises(ReliefError, match="newer version"):
        Relief.open(rebuilt(setting("settings.sparkle", 3)))


def test_an_older_file_gets_the_defaults_of_newer_settings() -> None:
    def forget(manifest: dict[str, Any]) -> None:
        del manifest["settings"]["enhance_details"]

    assert Relief.open(rebuilt(forget)).settings.enhance_details == 0


def test_a_missing_file_and_a_folder_are_sentences(tmp_path: Path) -> None:
    for name in ("none.relief", "."):
        with pytest.raises(ReliefError, match="no file"):
            project.load(tmp_path / name)


@given(st.integers(0, 10**6), st.integers(0, 255))
def test_one_wrong_byte_never_raises_anything_else(place: int, value: int) -> None:
    data = bytearray(_small())
    data[place % len(data)] = value
    try:
        opened = Relief.open(bytes(data))
    except ReliefError:
        return
    assert opened.heights.shape == (9, 14)


def _small() -> bytes:
    return MAKERS["heights"]().project()


def test_nothing_is_encoded_twice() -> None:
    """What saves after every change, saves only what changed."""
    relief = MAKERS["painted mask"]()
    first = zipfile.ZipFile(io.BytesIO(relief.project()))
    second = zipfile.ZipFile(io.BytesIO(relief.replace(size_mm=55.0).project()))
    for name in first.namelist():
        same = first.read(name) == second.read(name)
        assert same == (name != "manifest.json")


def test_a_replaced_photo_is_not_mistaken_for_the_old_one() -> None:
    photo = open_photo(scene())
    relief = Relief.from_heights(np.eye(4), texture=photo)
    relief.project()
    turned = dataclasses.replace(photo.rotate(1))
    opened = Relief.open(Relief.from_heights(np.eye(4), texture=turned).project())
    assert opened.photo is not None
    assert opened.photo.size == (photo.height, photo.width)
