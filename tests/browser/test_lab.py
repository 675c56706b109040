"""Views in real JupyterLab and a real browser."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from relief_widget import Relief
from tests.support.browser import OfflinePage
from tests.support.heap import heap
from tests.support.notebook import Notebook
from tests.support.servers import Server, lab
from tests.support.studio_page import PATIENCE_MS, StudioPage, load

GALLERY = Path(__file__).parents[2] / "notebooks" / "gallery.ipynb"
SURFACE = (
    "import numpy as np\n"
    "from relief_widget import Relief\n"
    "y, x = np.mgrid[-1:1:40j, -1:1:60j]\n"
    "heights = np.round(np.exp(-4 * (x**2 + y**2)) * 65535) / 65535\n"
    "relief = Relief.from_heights(heights)\n"
)


def pythreejs_cells() -> list[str]:
    """Return the cells of the gallery that its pythreejs scene is made of."""
    cells = json.loads(GALLERY.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    first = code[0].replace("relief.show", "relief.replace")
    return [first, next(source for source in code if "pythreejs" in source)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    notebooks = {
        "view.ipynb": [SURFACE + "relief.show()", "import time; time.sleep(12)"],
        "scene.ipynb": pythreejs_cells(),
    }
    with lab(tmp_path_factory.mktemp("lab"), notebooks) as running:
        yield running


def test_a_view_in_a_cell(page_offline: OfflinePage, server: Server, tmp_path: Path) -> None:
    notebook = Notebook(page_offline, server, "view.ipynb")
    page = notebook.page
    notebook.run_first()
    studio = StudioPage(page)
    expect(studio.view).to_be_visible(timeout=PATIENCE_MS)
    light = studio.settled()
    assert light.std() > 5

    # The file is the part that Python has.
    y, x = np.mgrid[-1:1:40j, -1:1:60j]
    relief = Relief.from_heights(np.round(np.exp(-4 * (x**2 + y**2)) * 65535) / 65535)
    mesh = load(studio.download("Download STL", tmp_path))
    assert mesh.is_watertight
    assert len(mesh.faces) == relief.body().triangles
    np.testing.assert_array_equal(
        np.unique(mesh.vertices.astype(np.float32), axis=0),
        np.unique(relief.body().vertices, axis=0),
    )

    # The browser alone follows a slider while the kernel sleeps.
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1; }")
    notebook.command("notebook:run-cell")
    # The kernel's own status is of the last message, and those of widgets are answered beside it.
    runs = "document.querySelectorAll('.jp-Cell .jp-InputPrompt')[1].textContent.includes('*')"
    page.wait_for_function(runs, timeout=PATIENCE_MS)
    before = studio.settled()
    page.get_by_label("Depth intensity").fill("0.3")
    after = studio.settled()
    assert page.evaluate(runs)
    assert (np.abs(after - before).max(axis=2) > 6).mean() > 0.005
    page.wait_for_function(f"!{runs}", timeout=PATIENCE_MS)

    # The theme is followed at once.
    notebook.command("apputils:change-theme", {"theme": "JupyterLab Dark"})
    page.wait_for_function("document.body.dataset.jpThemeLight === 'false'", timeout=PATIENCE_MS)
    dark = studio.settled()
    assert dark[5, 5].sum() < 200 < light[5, 5].sum()


@pytest.mark.full
def test_thirty_runs_of_a_cell_leave_one_view(page_offline: OfflinePage, server: Server) -> None:
    page_offline.page.add_init_script(
        "window.lost = 0; addEventListener('webglcontextlost', () => { window.lost += 1; }, true);"
    )
    notebook = Notebook(page_offline, server, "view.ipynb")
    page = notebook.page
    cells = "window.jupyterapp.shell.currentWidget.content.widgets"
    heaps: list[float] = []
    for number in range(1, 31):
        notebook.run_first()
        page.wait_for_function(
            f"{cells}[0].model.executionCount >= {number} && "
            "document.querySelectorAll('canvas[role=img]').length === 1",
            timeout=PATIENCE_MS,
        )
        if number % 10 == 0:
            heaps.append(heap(page))
    studio = StudioPage(page)
    assert studio.settled().std() > 5
    assert page.locator("canvas[role=img]").count() == 1
    # The context of the view that is left was never taken.
    assert not page.evaluate(
        "document.querySelector('canvas[role=img]').getContext('webgl2').isContextLost()"
    )
    # Each run leaves its copy of the bundle, which anywidget loads anew for each widget: 1.7 MB as
    # text and as code. A view that is left behind would be several times that.
    assert heaps[-1] - heaps[0] < 50e6


def test_the_gallerys_pythreejs_scene_is_drawn(page_offline: OfflinePage, server: Server) -> None:
    notebook = Notebook(page_offline, server, "scene.ipynb")
    notebook.command("notebook:run-all-cells")
    canvas = notebook.page.locator(".jp-OutputArea canvas").first
    expect(canvas).to_be_visible(timeout=PATIENCE_MS)
    canvas.scroll_into_view_if_needed()
    for _ in range(40):
        pixels = np.asarray(Image.open(io.BytesIO(canvas.screenshot())).convert("RGB"), int)
        if pixels.std() > 12:
            break
        notebook.page.wait_for_timeout(250)
    assert pixels.std() > 12
    # Copper: more red than blue where the part is.
    middle = pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]
    assert middle[0] > middle[2]
    # pythreejs says this at every load; the scene is drawn all the same.
    page_offline.allow("t.on is not a function")
