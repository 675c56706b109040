"""Each tile's file, downloaded through a real browser, is what the tile says."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import trimesh
from PIL import Image
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from relief_widget import Relief, presets
from relief_widget.export import FORMATS
from relief_widget.mesh.triangles import to_trimesh
from tests.support.browser import OfflinePage
from tests.support.notebook import Notebook
from tests.support.photos import photo
from tests.support.rays import crossings
from tests.support.servers import lab, voila
from tests.support.studio_page import PATIENCE_MS, StudioPage, load

pytestmark = pytest.mark.full

UP, DOWN = (0, 0, 1), (0, 0, -1)
# Where nothing depends on detail a coarse mesh does: it travels faster.
COARSE = 128
# What is drawn in levels.
DRAWN = ("stamp", "logo_sign")


def tops(part: trimesh.Trimesh, places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how high a part is at each place, from above."""
    high = part.bounds[1, 2] + 10
    return np.array([high - crossings(part, (x, y, high), DOWN)[0] for x, y in places])


def solid(path: Path, longer: float | None = None) -> trimesh.Trimesh:
    """Return the one closed part in a file, at the origin."""
    part = load(path)
    part.apply_translation(-part.bounds[0])
    assert part.is_watertight
    assert part.is_winding_consistent
    assert part.body_count == 1
    assert part.volume > 0
    if longer is not None:
        assert part.extents.max() == pytest.approx(longer, abs=0.02)
    return part


def plaque(path: Path) -> None:
    part = solid(path, 150)
    width, height, top = part.extents
    x, y, z = part.vertices.T
    inside = (np.minimum(x, width - x) > 9) & (np.minimum(y, height - y) > 9)
    assert z[inside].max() < top - 0.9
    # The keyhole is a slot that no way leads through.
    assert part.euler_number == 2
    assert np.isclose(z, 4, atol=1e-3).any()


def portrait(path: Path) -> None:
    assert solid(path, 120).extents[2] < 120 * 0.1


def pet(path: Path) -> None:
    assert solid(path, 100).extents[2] < 100 * 0.12


def disc(part: trimesh.Trimesh, radius: float) -> npt.NDArray[np.float64]:
    """Check rim and relief of a disc at the left and below; return how far each point is out."""
    away = np.hypot(part.vertices[:, 0] - radius, part.vertices[:, 1] - radius)
    high = part.vertices[:, 2]
    assert away[high > part.extents[2] - 1e-3].min() > radius - 2.01
    assert high[away < radius - 2.01].max() <= part.extents[2]
    return away


def coin(path: Path) -> None:
    part = solid(path, 40)
    disc(part, 20)
    angles = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    ways = np.stack([np.cos(angles), np.sin(angles)])
    reach = ((part.vertices[:, :2] - 20) @ ways).max(axis=0)
    assert abs(reach - 20).max() < 0.02


def medal(path: Path) -> None:
    part = solid(path)
    assert part.extents[0] == pytest.approx(50, abs=0.02)
    disc(part, 25)
    # The hole of the loop is open.
    assert part.euler_number == 0
    assert part.extents[1] > 53


def keyring(path: Path) -> None:
    assert solid(path).euler_number == 0


def magnet(path: Path) -> None:
    part = solid(path)
    assert part.euler_number == 2
    roof = part.vertices[np.isclose(part.vertices[:, 2], 2.2, atol=2e-4)][:, :2]
    np.testing.assert_allclose(np.ptp(roof, axis=0), 10.2, atol=0.03)
    x, y = (roof.min(axis=0) + roof.max(axis=0)) / 2
    first, second = (crossings(part, (x, y, -1), UP) - 1)[:2]
    assert first == pytest.approx(2.2, abs=1e-3)
    assert second - first >= 0.6 - 1e-3


def lithophane(path: Path) -> None:
    part = solid(path, 120)
    for x, y in np.random.default_rng(1).uniform(0.02, 0.98, (40, 2)) * part.extents[:2]:
        first, last = crossings(part, (x, y, -1), UP)
        assert 0.79 <= last - first <= 3.01


def bent(part: trimesh.Trimesh, foot: float, axis: float, edge: float) -> None:
    """Check the thickness along rays from the axis of a tube or of a third of one."""
    x, tall = part.extents[0] / 2, part.extents[1] - foot
    rng = np.random.default_rng(1)
    for angle, share in rng.uniform((-edge, 0.02), (edge, 0.98), (40, 2)):
        start = (x, foot + share * tall, axis)
        first, last = crossings(part, start, (np.sin(angle), 0, np.cos(angle)))
        assert 0.78 <= last - first <= 3.02


# Of an arc of 120 mm over a third of a circle, 3 mm thick.
_INSIDE = 120 / np.radians(120) - 3


def litho_arc(path: Path) -> None:
    bent(solid(path), 0, -_INSIDE * 0.5, np.radians(59))


def litho_tube(path: Path) -> None:
    part = solid(path)
    # One hole goes through it, along y, and it is closed all the way round.
    assert part.euler_number == 0
    away = np.hypot(*(part.vertices - part.bounds.mean(axis=0))[:, [0, 2]].T)
    assert away.max() - away.min() < 3.05
    assert 2 * np.pi * away.max() == pytest.approx(180, rel=0.02)


def night_light(path: Path) -> None:
    part, lamp = solid(path), 24.0
    bent(part, 6, lamp + max(0.0, lamp - _INSIDE), np.radians(59))
    for x, z in ((0, 0), (19.5, 0), (0, -19.5)):
        assert len(crossings(part, (part.extents[0] / 2 + x, -5, lamp + z), (0, 1, 0))) == 0


def stamp(path: Path) -> None:
    part = solid(path, 40)
    width, height, top = part.extents
    ink = np.asarray(photo("logo").convert("L")) < 200
    rows, cols = ink.shape
    v, u = np.mgrid[0.03:0.97:20j, 0.03:0.97:16j]
    places = np.column_stack([u.ravel() * width, v.ravel() * height])
    # Pressed onto paper, left and right change places.
    print_ = tops(part, np.column_stack([width - places[:, 0], places[:, 1]])) > top - 1e-3
    drawn = ink[((1 - v.ravel()) * rows).astype(int), (u.ravel() * cols).astype(int)]
    assert (print_ == drawn).mean() > 0.97
    down = part.face_normals[:, 2] < -0.05
    flat = part.triangles[..., 2].max(axis=1) < 1e-6
    assert part.area_faces[down & flat].sum() == pytest.approx(width * height, rel=1e-3)
    assert part.area_faces[down & ~flat].sum() < 1e-3 * width * height


def mould(path: Path) -> None:
    part = solid(path)
    made = Relief.from_photo(photo("portrait"), preset="mould", mesh_quality=COARSE)
    cast = to_trimesh(made.replace(mould_box=False).body(max_error_mm=None))
    ledge = part.extents[2] - 3
    x, y = np.mgrid[0.1:0.9:9j, 0.15:0.85:7j]
    places = np.column_stack([x.ravel(), y.ravel()]) * cast.extents[:2]
    away = places - cast.extents[:2] / 2
    below = tops(part, part.extents[:2] / 2 + away * (-1, 1))
    np.testing.assert_allclose(ledge - below, tops(cast, places), atol=0.06)


def cnc_panel(path: Path) -> None:
    if path.suffix == ".png":
        engraving(path)
        return
    part = load(path)
    assert (part.face_normals[:, 2] > 0).all()
    assert part.extents.max() == pytest.approx(300, abs=0.02)


def engraving(path: Path) -> None:
    with Image.open(path) as image:
        levels = np.asarray(image)
    assert levels.dtype.itemsize >= 2
    assert (levels.min(), levels.max()) == (0, 65535)
    assert len(np.unique(levels)) > 1000


def logo_sign(path: Path) -> None:
    part = solid(path, 150)
    lean = np.abs(part.face_normals[:, 2])
    leaning = (lean > np.sin(np.radians(5))) & (lean < 0.999)
    assert part.area_faces[leaning].sum() < 1e-3 * part.area
    up = part.face_normals[:, 2] > 0.5
    heights = np.round(part.triangles_center[up][:, 2], 3)
    areas = [part.area_faces[up][heights == z].sum() for z in np.unique(heights)]
    assert sum(area > 5 for area in areas) == 3


def large_print(path: Path) -> None:
    folder = path.with_suffix("")
    with zipfile.ZipFile(path) as files:
        files.extractall(folder)
    parts = [load(one) for one in sorted(folder.rglob("*.stl"))]
    assert len(parts) == 2
    assert all(part.is_watertight and part.extents[:2].max() <= 220 for part in parts)
    assert sum(part.extents[1] for part in parts) == pytest.approx(250, abs=1e-3)


CHECKS: Mapping[str, Callable[[Path], None]] = {
    check.__name__: check
    for check in (
        *(plaque, portrait, pet, coin, medal, keyring, magnet),
        *(lithophane, litho_arc, litho_tube, night_light),
        *(mould, cnc_panel, large_print, stamp, logo_sign),
    )
} | {"laser": engraving}


def tile(studio: StudioPage, name: str, folder: Path) -> None:
    """Make something, download what its buttons offer first, and check it."""
    thing = presets[name]
    studio.make(thing.label)
    if name not in DRAWN:
        studio.press("Mesh quality", "Home")
        studio.ready()
    buttons = studio.page.get_by_role("group", name="Export").get_by_role("button")
    main = f"Download {FORMATS[thing.format].label}"
    expect(buttons.first).to_have_text(main, timeout=PATIENCE_MS)
    for suffix in (thing.format, *thing.also):
        path = studio.download(f"Download {FORMATS[suffix].label}", folder)
        assert path.name.endswith(suffix)
        CHECKS[name](path)


def saved(kind: str, folder: Path) -> Path:
    path = folder / f"{kind}.png"
    photo(kind).save(path)
    return path


def every(studio: StudioPage, names: list[str], folder: Path) -> dict[str, str]:
    """Make these tiles one after the other; return what is wrong with which."""
    wrong = {}
    for name in names:
        try:
            tile(studio, name, folder)
        except (AssertionError, PlaywrightError) as error:
            wrong[name] = str(error)
    return wrong


def test_every_tile_in_voila(page_offline: OfflinePage, tmp_path: Path) -> None:
    assert set(CHECKS) == set(presets)
    # A smaller view is drawn faster in software.
    page_offline.page.set_viewport_size({"width": 700, "height": 700})
    page_offline.page.set_default_timeout(PATIENCE_MS)
    studio = StudioPage(page_offline.page)
    (tmp_path / "server").mkdir()
    with voila(tmp_path / "server") as server:
        studio.page.goto(server.url, timeout=PATIENCE_MS)
        studio.upload(saved("portrait", tmp_path))
        wrong = every(studio, [name for name in CHECKS if name not in DRAWN], tmp_path)
        studio.upload(saved("logo", tmp_path))
        wrong |= every(studio, list(DRAWN), tmp_path)
        assert not wrong
        studio.page.close()


def test_tiles_in_jupyterlab(page_offline: OfflinePage, tmp_path: Path) -> None:
    page = page_offline.page
    page.set_viewport_size({"width": 1280, "height": 1000})
    photo("portrait").save(tmp_path / "portrait.png")
    cell = "from relief_widget import ReliefApp\nReliefApp('portrait.png')"
    with lab(tmp_path, {"studio.ipynb": [cell]}) as server:
        notebook = Notebook(page_offline, server, "studio.ipynb")
        notebook.run_first()
        studio = StudioPage(page)
        expect(studio.view).to_be_visible(timeout=PATIENCE_MS)
        studio.ready()
        assert not every(studio, ["coin", "magnet", "laser"], tmp_path)
        page.close()
