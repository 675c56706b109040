"""The kernel's side of bench_viewer.py: one surface, shown by one of the libraries."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import numpy as np
import numpy.typing as npt
from IPython.display import HTML, display

Array = npt.NDArray[np.float32]
WIDTH, HEIGHT = 640, 480
# Heights at hand before the clock starts: that of making them is not what is measured.
VARIANTS = 3


class Control(anywidget.AnyWidget):
    """Does what the page asks for, and answers with the time just before."""

    _esm = "export default { initialize({ model }) { window.control = model; } };"

    def __init__(self, actions: Mapping[str, Callable[[int], object]]) -> None:
        super().__init__()
        self._actions = actions
        self.on_msg(self._message)

    def _message(self, widget: object, content: dict[str, Any], buffers: object) -> None:
        del widget, buffers
        start = time.time()
        self._actions[content["kind"]](content["turn"])
        self.send({"start": start})


def fields(size: int) -> list[Array]:
    """Return height fields with forms and fine structure."""
    y, x = np.mgrid[0:size, 0:size] / np.float32(size)
    made = []
    for i in range(VARIANTS):
        z = np.sin(9 * x + i) * np.cos(7 * y + i) + 0.1 * np.sin(90 * x) * np.sin(80 * y)
        made.append(((z - z.min()) / np.ptp(z)).astype(np.float32))
    return made


def depth(turn: int) -> float:
    """Return another relief height on every turn, never the default."""
    return 0.09 + 0.02 * (turn % 5)


def relief(size: int) -> tuple[Any, dict[str, Callable[[int], object]]]:
    """Show the surface with relief_widget."""
    from relief_widget import Relief
    from relief_widget.heights import levels

    values = fields(size)
    wire = [levels(field).astype("<u2").tobytes() for field in values]
    viewer = Relief.from_heights(values[0]).show(panel=False)
    return viewer, {
        "heights": lambda turn: viewer.show_heights(wire[turn % VARIANTS], (size, size), 1.0),
        "uniform": lambda turn: setattr(viewer, "depth_intensity", depth(turn)),
        "panel": lambda _: setattr(viewer, "panel", True),
    }


def pythreejs(size: int) -> tuple[Any, dict[str, Callable[[int], object]]]:
    """Show the surface with pythreejs, as its documentation has it: a geometry of buffers."""
    import pythreejs as p3

    from relief_widget import Relief
    from relief_widget.export.pythreejs import surface

    shapes = [
        surface(Relief.from_heights(field, mode="planar", size_mm=1).part) for field in fields(size)
    ]
    position, normal = (p3.BufferAttribute(shapes[0][i], normalized=False) for i in (0, 1))
    index = p3.BufferAttribute(shapes[0][3].ravel(), normalized=False)
    geometry = p3.BufferGeometry(
        attributes={"position": position, "normal": normal, "index": index}
    )
    mesh = p3.Mesh(geometry, p3.MeshStandardMaterial(color="#dddddd"), position=[-0.5, -0.5, 0])
    light = p3.DirectionalLight(position=[-3, 3, 3])
    camera = p3.PerspectiveCamera(position=[0.3, 0.2, 1.8], aspect=WIDTH / HEIGHT)
    scene = p3.Scene(children=[mesh, light, camera, p3.AmbientLight()])
    controls = [p3.OrbitControls(controlling=camera)]
    view = p3.Renderer(scene, camera, controls, width=WIDTH, height=HEIGHT, antialias=True)

    def heights(turn: int) -> None:
        position.array, normal.array = shapes[turn % VARIANTS][:2]

    def uniform(turn: int) -> None:
        mesh.scale = (1, 1, 10 * depth(turn))

    return view, {"heights": heights, "uniform": uniform}


def k3d(size: int) -> tuple[Any, dict[str, Callable[[int], object]]]:
    """Show the surface with K3D."""
    import k3d as k3

    values = [0.1 * field for field in fields(size)]
    surface = k3.surface(values[0], xmin=-0.5, xmax=0.5, ymin=-0.5, ymax=0.5)
    plot = k3.plot(height=HEIGHT, grid_visible=False, menu_visibility=False)
    plot += surface

    def heights(turn: int) -> None:
        surface.heights = values[turn % VARIANTS]

    def uniform(turn: int) -> None:
        surface.model_matrix = np.diag([1, 1, 10 * depth(turn), 1]).astype(np.float32)

    return plot, {"heights": heights, "uniform": uniform}


LIBRARIES = {"relief_widget": relief, "pythreejs": pythreejs, "k3d": k3d}


def show(library: str, size: int) -> None:
    """Show the surface and wait for the page's orders."""
    view, actions = LIBRARIES[library](size)
    display(  # type: ignore[no-untyped-call]  # IPython's own
        HTML(  # type: ignore[no-untyped-call]
            f"<style>.relief-viewer, .k3d-target {{ width: {WIDTH}px !important; "
            f"--relief-height: {HEIGHT}px }}</style>"
        ),
        view,
        Control(actions),
    )
