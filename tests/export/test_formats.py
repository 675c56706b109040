"""3MF, GLB and PLY, read back by programs that are none of ours."""

from __future__ import annotations

import io
import json
import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree as ET

import lib3mf
import numpy as np
import numpy.typing as npt
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from pygltflib import GLTF2

from relief_widget import Relief, ReliefError, example_photos
from relief_widget.export import text
from relief_widget.export.glb import write_glb
from relief_widget.export.ply import write_ply
from relief_widget.export.threemf import PROJECT_NAME, write_3mf
from relief_widget.mesh.grid import Part, part
from relief_widget.mesh.triangles import Mesh, Triangles
from relief_widget.settings import ReliefSettings
from relief_widget.settings.materials import materials
from tests.mesh.test_mesh import SHAPES, noise
from tests.support.bounds import SHARE, UNIT
from tests.support.programs import program

CORE = "{http://schemas.microsoft.com/3dmanufacturing/core/2015/02}"
MATERIAL = "{http://schemas.microsoft.com/3dmanufacturing/material/2015/02}"
PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
CUT = ReliefSettings(mode="planar", depth_cutoff=0.3)


def as_triangles(made: Part, shift: float = 0.0) -> Triangles:
    """Return a part as any mesh would come, its vertices in another order."""
    order = np.random.default_rng(5).permutation(len(made.vertices))
    place = np.argsort(order).astype(np.int32)
    tops = 2 * (made.shape[0] - 1) * (made.shape[1] - 1) if made.cells is None else made.triangles
    return Triangles(
        vertices=made.vertices[order] + np.float32(shift),
        faces=place[made.faces],
        uv=made.uv[order],
        relief=np.arange(made.triangles) < tops,
        solid=made.solid,
    )


def bodies() -> list[Any]:
    solids = [part(noise(shape), ReliefSettings()) for shape in SHAPES]
    plain = part(noise((40, 33)), ReliefSettings(size_mm=55.0, invert=True))
    named: list[tuple[str, Mesh]] = [
        *((str(made.shape), made) for made in solids),
        ("large", plain),
        ("giant", part(noise((3, 4)), ReliefSettings(size_mm=10000.0))),
        ("tiny", part(noise((20, 150)), ReliefSettings(size_mm=2.0))),
        ("cut", part(noise((40, 33)), CUT)),
        ("planar", part(noise((5, 70)), ReliefSettings(mode="planar"))),
        ("triangles", as_triangles(plain)),
        ("triangles off the origin", as_triangles(plain, -20.25)),
        ("open triangles", as_triangles(part(noise((40, 33)), CUT))),
    ]
    return [pytest.param(body, id=name) for name, body in named]


def quarters() -> Image.Image:
    """Return a picture with a colour in three of its quarters: red is the top left."""
    pixels = np.zeros((64, 96, 3), np.uint8)
    pixels[:32, :48] = (255, 0, 0)
    pixels[:32, 48:] = (0, 255, 0)
    pixels[32:, :48] = (0, 0, 255)
    return Image.fromarray(pixels)


def corner_colours(
    colours: npt.NDArray[Any], vertices: npt.NDArray[Any], mirror: bool = False
) -> list[int]:
    """Return which of red, green, blue there is near the top left, top right and bottom left.

    Of a mirrored part, left and right are exchanged.
    """
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    found = []
    left, right = (0.8, 0.2) if mirror else (0.2, 0.8)
    for x, y in ((left, 0.8), (right, 0.8), (left, 0.2)):
        place = low[:2] + (high - low)[:2] * (x, y)
        nearest = np.abs(vertices[:, :2] - place).sum(axis=1).argmin()
        assert colours[nearest].max() > 200
        found.append(int(colours[nearest].argmax()))
    return found


# 3MF


def model_of(path: Path) -> ET.Element:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return ET.fromstring(archive.read("3D/3dmodel.model"))  # noqa: S314  # our own


def numbers(root: ET.Element, tag: str, names: str) -> npt.NDArray[np.float64]:
    return np.array([[float(e.attrib[name]) for name in names.split()] for e in root.iter(tag)])


def opened(path: Path) -> Any:
    """Return the model as the consortium's own library reads it, without a single complaint."""
    model = lib3mf.get_wrapper().CreateModel()
    reader = model.QueryReader("3mf")
    reader.SetStrictModeActive(True)
    reader.ReadFromFile(str(path))
    assert reader.GetWarningCount() == 0, [
        reader.GetWarning(i) for i in range(reader.GetWarningCount())
    ]
    return model


def mesh_object(model: Any) -> Any:
    meshes = model.GetMeshObjects()
    assert meshes.MoveNext()
    found = meshes.GetCurrentMeshObject()
    assert not meshes.MoveNext()
    return found


@pytest.mark.parametrize("body", bodies())
def test_3mf_holds_the_mesh_in_millimetres(body: Mesh, tmp_path: Path) -> None:
    path = tmp_path / "a.3mf"
    write_3mf(body, path)
    root = model_of(path)
    assert root.attrib["unit"] == "millimeter"
    vertices = numbers(root, f"{CORE}vertex", "x y z")
    # Seven digits of the longest side, or four decimals.
    longest = max(body.extents)
    step = 1e-4 if longest >= 100 else 1e-5 if longest >= 10 else 1e-6
    np.testing.assert_allclose(vertices, body.vertices, rtol=0, atol=0.6 * step)
    np.testing.assert_array_equal(numbers(root, f"{CORE}triangle", "v1 v2 v3"), body.faces)
    model = opened(path)
    assert model.GetUnit() == lib3mf.ModelUnit.MilliMeter
    read = mesh_object(model)
    assert (read.GetVertexCount(), read.GetTriangleCount()) == (len(vertices), body.triangles)
    assert read.IsManifoldAndOriented() == body.solid
    scene = trimesh.load(path)
    assert isinstance(scene, trimesh.Scene)
    assert scene.units == "millimeter"
    np.testing.assert_allclose(
        scene.extents, body.extents, atol=0.002 if body.extents[0] > 999 else 2e-4
    )
    # On the build plate, and not beside it.
    assert (scene.bounds[0] > -1e-3).all()


@given(st.integers(2, 40), st.integers(2, 40), st.booleans(), st.floats(1, 10000))
def test_3mf_of_any_shape_is_closed(rows: int, cols: int, invert: bool, size: float) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.3mf"
        made = part(noise((rows, cols)), ReliefSettings(invert=invert, size_mm=size))
        write_3mf(made, path)
        assert mesh_object(opened(path)).IsManifoldAndOriented()


@pytest.mark.parametrize("kind", ["part", "triangles"])
def test_3mf_lays_the_photo_over_the_surface(kind: str, tmp_path: Path) -> None:
    made = part(noise((10, 15)), ReliefSettings(mirror=False))
    body: Mesh = made if kind == "part" else as_triangles(made)
    path = tmp_path / "a.3mf"
    write_3mf(body, path, texture=quarters())
    root = model_of(path)
    uv = numbers(root, f"{MATERIAL}tex2coord", "u v")
    corners = numbers(root, f"{CORE}triangle", "p1 p2 p3").astype(int)
    np.testing.assert_allclose(uv[corners], body.uv[body.faces], atol=UNIT)
    model = opened(path)
    groups = model.GetTexture2DGroups()
    assert groups.MoveNext()
    group = groups.GetCurrentTexture2DGroup()
    assert group.GetCount() == len(uv)
    texture = group.GetTexture2D()
    assert texture.GetContentType() == lib3mf.TextureType.JPEG
    data = bytes(texture.GetAttachment().WriteToBuffer())
    assert Image.open(io.BytesIO(data)).size == (96, 64)
    read = mesh_object(model)
    ids = list(group.GetAllPropertyIDs())
    for index in (0, 17, body.triangles - 1):
        properties = read.GetTriangleProperties(index)
        assert properties.ResourceID == group.GetResourceID()
        coordinates = [group.GetTex2Coord(i) for i in properties.PropertyIDs]
        seen = [(one.U, one.V) for one in coordinates]
        np.testing.assert_allclose(seen, body.uv[body.faces[index]], atol=UNIT)
        assert set(properties.PropertyIDs) <= set(ids)


def test_3mf_says_who_it_is_in_any_language(tmp_path: Path) -> None:
    name = 'Größe <&> "猫"\x07 🐈'
    path = tmp_path / "a.3mf"
    settings = {"text": '"<&>"', "size_mm": 0.1 + 0.2}
    write_3mf(part(noise((4, 5)), ReliefSettings()), path, name=name, settings=settings)
    root = model_of(path)
    notes = {e.attrib["name"]: e.text for e in root.iter(f"{CORE}metadata")}
    assert notes["Title"] == name.replace("\x07", "")
    assert json.loads(notes["relief:settings"] or "") == settings
    assert (notes["Application"] or "").startswith("relief_widget ")
    assert mesh_object(opened(path)).GetName() == name.replace("\x07", "")


def test_every_part_of_a_3mf_is_announced(tmp_path: Path) -> None:
    relief = Relief.from_photo(
        example_photos()["cat"], provider=lambda p, _: p.luminance(), mesh_quality=300
    ).replace(show_texture=True)
    path = relief.save(tmp_path / "Katze 猫.3mf")
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        types = ET.fromstring(archive.read("[Content_Types].xml"))  # noqa: S314  # our own
        known = {e.attrib["Extension"] for e in types}
        targets = set()
        for name in names:
            if name.endswith(".rels"):
                rels = ET.fromstring(archive.read(name))  # noqa: S314  # our own
                targets |= {e.attrib["Target"].lstrip("/") for e in rels}
                ids = [e.attrib["Id"] for e in rels]
                assert len(set(ids)) == len(ids)
        thumbnail = Image.open(io.BytesIO(archive.read("Metadata/thumbnail.png")))
        project = archive.read(PROJECT_NAME)
        content = b"".join(archive.read(name) for name in names)
    parts = {n for n in names if not n.endswith(".rels") and n != "[Content_Types].xml"}
    assert targets == parts
    assert {PurePosixPath(name).suffix.lstrip(".") for name in parts} <= known
    assert max(thumbnail.size) == 256
    assert project == relief.project()
    for secret in (str(Path.home()), str(tmp_path), str(example_photos()["cat"].parent)):
        assert secret.encode() not in content
    assert mesh_object(opened(path)).GetName() == "Katze 猫"


def test_the_photo_goes_into_a_3mf_where_it_is_asked_for(tmp_path: Path) -> None:
    relief = Relief.from_heights(np.eye(5), texture=quarters())
    for shown in (False, True):
        path = relief.replace(show_texture=shown).save(tmp_path / "a.3mf")
        assert ("3D/Textures/photo.jpg" in zipfile.ZipFile(path).namelist()) == shown


@pytest.mark.parametrize(
    ("name", "textured"),
    [
        ("relief", True),
        ("mould", False),
        ("wedge", False),
        *(
            pytest.param(*case, marks=pytest.mark.full)
            for case in (
                ("relief", False),
                ("mould", True),
                ("coin", False),
                ("coin", True),
                ("lithophane", False),
                ("lithophane", True),
                ("wedge", True),
            )
        ),
    ],
)
def test_the_slicer_opens_a_3mf_of_the_right_size(
    name: str, textured: bool, tmp_path: Path
) -> None:
    from tests.export.test_slicers import sample, volume

    slicer = program("prusa-slicer")
    relief = sample(name).replace(show_texture=textured)
    path = relief.save(tmp_path / "part.3mf")
    run = subprocess.run(
        [slicer, "--info", str(path)], capture_output=True, text=True, check=True, timeout=120
    )
    facts = dict(re.findall(r"^(\w+) = (.+)$", run.stdout, flags=re.M))
    assert facts["manifold"] == "yes", run.stdout
    size = [float(facts[f"size_{axis}"]) for axis in "xyz"]
    made = relief.body()
    assert size == pytest.approx(made.extents, abs=0.01)
    assert int(facts["number_of_facets"]) == made.triangles
    assert float(facts["volume"]) == pytest.approx(volume(relief), rel=1e-3)


# GLB


def accessor(document: GLTF2, index: int) -> npt.NDArray[Any]:
    """Return the values of an accessor, which lie in the buffer as the specification demands."""
    one = document.accessors[index]
    view = document.bufferViews[one.bufferView]
    kind = np.dtype({5126: "<f4", 5125: "<u4"}[one.componentType])
    width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3}[one.type]
    stride = view.byteStride or width * kind.itemsize
    start = view.byteOffset + (one.byteOffset or 0)
    blob = document.binary_blob()
    assert start % 4 == stride % 4 == 0
    assert (one.byteOffset or 0) + stride * (one.count - 1) + width * 4 <= view.byteLength
    assert view.byteOffset + view.byteLength <= document.buffers[0].byteLength <= len(blob)
    values = np.ndarray((one.count, width), kind, blob, start, (stride, kind.itemsize))
    if one.min:
        np.testing.assert_array_equal(values.min(axis=0), np.float32(one.min))
        np.testing.assert_array_equal(values.max(axis=0), np.float32(one.max))
    return values


@pytest.mark.parametrize("textured", [False, True])
@pytest.mark.parametrize("body", bodies())
def test_glb_is_the_part_in_metres(body: Mesh, textured: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.glb"
    write_glb(body, path, name="Größe 猫", texture=quarters() if textured else None)
    scene = trimesh.load(path)
    assert isinstance(scene, trimesh.Scene)
    assert scene.units == "meters"
    np.testing.assert_allclose(scene.extents, np.array(body.extents) / 1000, rtol=SHARE)
    whole = scene.to_mesh()
    assert len(whole.faces) == body.triangles
    whole.merge_vertices(merge_tex=True, merge_norm=True)
    assert whole.is_watertight == body.solid
    if body.solid:
        expected = trimesh.Trimesh(body.vertices, body.faces, process=False).volume
        assert whole.volume == pytest.approx(expected * 1e-9, rel=1e-4)
    document = GLTF2().load(str(path))
    assert path.stat().st_size % 4 == 0
    assert document.nodes[0].name == "Größe 猫"
    triangles = []
    for primitive in document.meshes[0].primitives:
        vertices = accessor(document, primitive.attributes.POSITION)
        corners = accessor(document, primitive.indices).reshape(-1, 3)
        triangles.append(vertices[corners])
        if primitive.attributes.NORMAL is not None:
            normals = accessor(document, primitive.attributes.NORMAL)
            np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=UNIT)
            assert (normals[:, 2] > 0).all()
        assert (primitive.attributes.TEXCOORD_0 is not None) == (
            textured and primitive.attributes.NORMAL is not None
        )
    # Exactly the vertices, corner by corner.
    np.testing.assert_array_equal(np.concatenate(triangles), body.vertices[body.faces])


@pytest.mark.parametrize("kind", ["part", "triangles"])
def test_glb_normals_are_those_of_the_surface(kind: str, tmp_path: Path) -> None:
    """A sphere's cap, whose normals are known."""
    side = np.linspace(-0.5, 0.5, 161)
    z = np.sqrt(1 - side[:, None] ** 2 - side**2)
    heights = (z - z.min()) / np.ptp(z)
    settings = ReliefSettings(size_mm=100.0, depth_intensity=float(np.ptp(z)), base_thickness=0.1)
    from tests.mesh.test_mesh import field

    made = part(field(heights), settings)
    path = tmp_path / "a.glb"
    write_glb(made if kind == "part" else as_triangles(made), path)
    document = GLTF2().load(str(path))
    attributes = document.meshes[0].primitives[0].attributes
    points = accessor(document, attributes.POSITION) / 100
    normals = accessor(document, attributes.NORMAL)
    x, y = points[:, 0] - 0.5, points[:, 1] - 0.5
    exact = np.stack([x, y, np.sqrt(1 - x * x - y * y)], axis=-1)
    inside = (np.abs(x) < 0.49) & (np.abs(y) < 0.49)
    angles = np.degrees(np.arccos(np.clip((normals * exact).sum(axis=1), -1, 1)))
    assert angles[inside].max() < 0.1
    assert angles.max() < 0.5


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("kind", ["part", "triangles"])
def test_glb_lays_the_photo_where_it_belongs(kind: str, mirror: bool, tmp_path: Path) -> None:
    made = part(noise((10, 15)), ReliefSettings(mirror=mirror))
    path = tmp_path / "a.glb"
    write_glb(made if kind == "part" else as_triangles(made), path, texture=quarters())
    scene = trimesh.load(path)
    assert isinstance(scene, trimesh.Scene)
    surface: Any = next(iter(scene.geometry.values()))
    seen = np.asarray(surface.visual.to_color().vertex_colors)[:, :3]
    assert corner_colours(seen, surface.vertices, mirror) == [0, 1, 2]
    document = GLTF2().load(str(path))
    view = document.bufferViews[document.images[0].bufferView]
    jpeg = document.binary_blob()[view.byteOffset : view.byteOffset + view.byteLength]
    assert Image.open(io.BytesIO(jpeg)).format == "JPEG"
    assert document.extensions["KHR_materials_variants"]["variants"][1] == {"name": "material"}


@pytest.mark.parametrize("name", materials)
def test_glb_has_the_material_of_the_preview(name: str, tmp_path: Path) -> None:
    path = Relief.from_heights(np.eye(4), material=name).save(tmp_path / "a.glb")
    document = GLTF2().load(str(path))
    (made,) = document.materials
    look = materials[name]
    assert made.name == look.label
    assert made.pbrMetallicRoughness.metallicFactor == look.metalness
    assert made.pbrMetallicRoughness.roughnessFactor == look.roughness
    assert ("KHR_materials_clearcoat" in (document.extensionsUsed or [])) == bool(look.clearcoat)
    red, green, blue, alpha = made.pbrMetallicRoughness.baseColorFactor
    linear = np.array([red, green, blue])
    back = np.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    )
    assert "#" + bytes(np.rint(back * 255).astype(np.uint8)).hex() == look.colour
    assert alpha == 1


# PLY


@pytest.mark.parametrize("textured", [False, True])
@pytest.mark.parametrize("body", bodies())
def test_ply_holds_exactly_the_mesh(body: Mesh, textured: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.ply"
    write_ply(body, path, texture=quarters() if textured else None)
    read: Any = trimesh.load_mesh(path, process=False)
    np.testing.assert_array_equal(read.vertices.astype(np.float32), body.vertices)
    np.testing.assert_array_equal(read.faces, body.faces)
    assert read.is_watertight == body.solid
    assert (read.visual.kind == "vertex") == textured


@pytest.mark.parametrize("kind", ["part", "triangles"])
def test_ply_has_the_photos_colours(kind: str, tmp_path: Path) -> None:
    made = part(noise((40, 60)), ReliefSettings())
    path = tmp_path / "a.ply"
    write_ply(made if kind == "part" else as_triangles(made), path, texture=quarters())
    read: Any = trimesh.load_mesh(path, process=False)
    tops = read.vertices[:, 2] > 1
    seen = np.asarray(read.visual.vertex_colors)[tops][:, :3]
    assert corner_colours(seen, read.vertices[tops]) == [0, 1, 2]


def test_a_photo_of_the_grids_size_gives_each_vertex_its_own_neighbourhood(tmp_path: Path) -> None:
    """A ramp of grey stays a ramp, from edge to edge."""
    ramp = np.repeat(np.linspace(0, 255, 200)[None, :, None], 100, axis=0).repeat(3, axis=2)
    made = part(noise((20, 40)), ReliefSettings(mode="planar"))
    write_ply(made, tmp_path / "a.ply", texture=Image.fromarray(np.rint(ramp).astype(np.uint8)))
    read: Any = trimesh.load_mesh(tmp_path / "a.ply", process=False)
    grey = np.asarray(read.visual.vertex_colors)[:, 0].reshape(20, 40).astype(float)
    assert np.abs(grey - np.linspace(0, 255, 40)).max() < 5
    assert (np.diff(grey, axis=1) >= 0).all()


# All of them

WRITERS: dict[str, Callable[..., object]] = {
    "3mf": write_3mf,
    "glb": write_glb,
    "ply": write_ply,
}


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("kind", ["part", "triangles"])
def test_progress_rises_and_may_stop_the_export(suffix: str, kind: str, tmp_path: Path) -> None:
    made = part(noise((300, 250)), ReliefSettings())
    body: Mesh = made if kind == "part" else as_triangles(made)
    seen: list[tuple[int, int]] = []
    path = tmp_path / f"a.{suffix}"
    WRITERS[suffix](body, path, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == seen[-1][1]
    assert len(seen) >= 3
    before = path.read_bytes()

    class Stopped(Exception):  # noqa: N818  # no error: somebody pressed a button
        pass

    def stop(done: int, total: int) -> None:
        if 2 * done > total:
            raise Stopped

    with pytest.raises(Stopped):
        WRITERS[suffix](body, path, progress=stop)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_folder_that_is_not_there_is_a_sentence(suffix: str, tmp_path: Path) -> None:
    with pytest.raises(ReliefError, match="does not exist"):
        WRITERS[suffix](part(noise((3, 3)), ReliefSettings()), tmp_path / "none" / f"a.{suffix}")


@pytest.mark.parametrize("suffix", [".3mf", ".glb", ".ply", ".relief", ".height.png", ".tiff"])
def test_no_file_tells_where_it_was_made(suffix: str, tmp_path: Path) -> None:
    home = tmp_path / "somebody"
    home.mkdir()
    Image.fromarray(np.zeros((30, 40, 3), np.uint8)).save(home / "my cat.png")
    relief = Relief.from_heights(np.eye(5), texture=home / "my cat.png")
    data = relief.save(home / f"part{suffix}").read_bytes()
    if suffix == ".3mf":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"".join(archive.read(name) for name in archive.namelist())
    for secret in (b"somebody", str(tmp_path).encode(), str(Path.home()).encode()):
        assert secret not in data


@given(
    arrays(np.float32, st.integers(1, 30), elements=st.floats(-1e4, 1e4, width=32)),
    st.integers(1, 6),
)
def test_numbers_become_the_text_that_python_reads_back(values: Any, places: int) -> None:
    lines = bytes(text.lines((b"<", b">\n"), [text.decimals(values, places)])).decode().split()
    assert all(re.fullmatch(rf"<-?\d+\.\d{{{places}}}>", line) for line in lines)
    read = np.array([float(line[1:-1]) for line in lines])
    assert np.abs(read - values.astype(np.float64)).max() <= 0.5001 * 10.0**-places + 1e-11
    assert not any(line.startswith("<-0") and float(line[1:-1]) == 0 for line in lines)


@given(arrays(np.int64, st.integers(1, 30), elements=st.integers(0, 10**12)))
def test_whole_numbers_become_their_digits(values: Any) -> None:
    lines = bytes(text.lines((b"", b"\n"), [text.whole(values)])).decode().split()
    assert lines == [str(value) for value in values]
