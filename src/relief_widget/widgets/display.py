"""Showing a relief: what a view needs to know of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from relief_widget.arguments import number, shown
from relief_widget.errors import ReliefError
from relief_widget.export.page import write_page
from relief_widget.heights import IDENTITY, HeightField, levels
from relief_widget.heights.edits import Curve
from relief_widget.heights.sources import Brightness
from relief_widget.image.encoding import png
from relief_widget.image.texture import texture
from relief_widget.mesh.triangles import Mesh, Triangles
from relief_widget.settings import ReliefSettings, checked, default
from relief_widget.widgets.background import Debounced, Newest
from relief_widget.widgets.downloads import Downloads
from relief_widget.widgets.viewer import SETTINGS, Viewer

if TYPE_CHECKING:
    from relief_widget.relief import Relief

_log = logging.getLogger(__name__)

# What lets the light of a lamp behind it through.
_LIT = "translucent_resin"
# A setting that rests for this long was let go: only then an object is cut anew.
_REST_S = 0.25
# A mesh as exact as a screen shows: of the relief's height.
_SHARE, _LEAST_MM = 0.004, 0.02
# Of the picture that stands for the view where no widget can run.
_FALLBACK_SIDE = 560


@dataclass(frozen=True)
class ObjectArray:
    """An array of a finished object on the wire: what it is of, numbers in a row, their kind."""

    of: Literal["vertices", "faces"]
    width: int
    kind: str


# One after another, the widest numbers first, so that each begins where the browser can view it.
# Vertices are in mm, v of uv points up, and `relief` is 1 for the faces of the relief's surface.
OBJECT_ARRAYS = {
    "vertices": ObjectArray("vertices", 3, "<f4"),
    "uv": ObjectArray("vertices", 2, "<f4"),
    "faces": ObjectArray("faces", 3, "<u4"),
    "relief": ObjectArray("faces", 1, "<u1"),
}


def show_field(
    viewer: Viewer,
    field: HeightField,
    *,
    coarse: bool = False,
    painted: int = 0,
    curve: Curve = IDENTITY,
) -> None:
    """Send a height field to a view; `painted` and `curve` as `Viewer.show_heights` has them."""
    viewer.show_heights(
        levels(field.values).astype("<u2").tobytes(),
        field.shape,
        field.aspect,
        coarse=coarse,
        painted=painted,
        curve=curve,
    )


def object_bytes(mesh: Triangles) -> bytes:
    """Return a finished object as the view takes it.

    Returns
    -------
    bytes
        The counts of vertices and faces as little-endian uint32, then `OBJECT_ARRAYS`.
    """
    counts = np.array([len(mesh.vertices), len(mesh.faces)], "<u4")
    arrays = (getattr(mesh, name).astype(array.kind) for name, array in OBJECT_ARRAYS.items())
    return b"".join([counts.tobytes(), *(array.tobytes() for array in arrays)])


def show_object(viewer: Viewer, mesh: Triangles | None, *, bent: bool = False) -> None:
    """Show a finished object instead of the grid; None goes back to the grid."""
    with viewer.hold_sync():
        viewer.bent = bent
        viewer.object = b"" if mesh is None else object_bytes(mesh)


def show_marks(viewer: Viewer, places: npt.NDArray[Any] | None, *, mirrored: bool = False) -> None:
    """Paint places on a view, such as those that preflight found; None takes them away.

    Parameters
    ----------
    viewer
        The view.
    places
        (rows, cols) on the part's grid: True, or a number above 0, where something is.
    mirrored
        Whether the part is mirrored against the photo.
    """
    marks = b""
    if places is not None:
        seen = places[:, ::-1] if mirrored else places
        marks = np.where(seen > 0, np.uint8(255), np.uint8(0)).tobytes()
    with viewer.hold_sync():
        viewer.marks_shape = (0, 0) if places is None else (places.shape[0], places.shape[1])
        viewer.marks = marks


def show_settings(viewer: Viewer, settings: ReliefSettings) -> None:
    """Bring the body and display settings of a view up to date."""
    viewer.set_values({name: getattr(settings, name) for name in SETTINGS})


def show_source(viewer: Viewer, relief: Relief, *, textured: bool = True) -> None:
    """Send what does not change with the settings: the photo, its name, a lithophane's tones.

    Parameters
    ----------
    viewer
        The view.
    relief
        The relief.
    textured
        False: nobody looks at the photo now, and it comes later.
    """
    with viewer.hold_sync():
        viewer.texture = texture(relief.photo) if textured else b""
        viewer.name = Path(relief.photo.name).stem if relief.photo is not None else ""
        viewer.thickness_mm = relief.source.thickness_mm
        viewer.attenuation_per_mm = attenuation_per_mm(relief)


def attenuation_per_mm(relief: Relief) -> float:
    """Return how a lithophane's stock darkens, the mean over its range; 0 for a relief."""
    if not isinstance(relief.source, Brightness):
        return 0.0
    low, high = relief.source.thickness_mm
    depths = relief.source.tones.stock.depth([low, high])
    return float(depths[1] - depths[0]) / (high - low)


def preview_mesh(relief: Relief) -> Triangles:
    """Return a finished object with as many triangles as a view needs, and no more.

    Raises
    ------
    ReliefError
        Settings do not go together, or something does not fit.
    """
    height = float(relief.part.extents[2])
    return _triangles(relief.body(max_error_mm=max(_SHARE * height, _LEAST_MM)))


def _triangles(mesh: Mesh) -> Triangles:
    assert isinstance(mesh, Triangles)
    return mesh


def view(relief: Relief, **traits: Any) -> Viewer:
    """Return a view of a relief, with `traits` set on top of the relief's own settings."""
    viewer = _plain_view(relief, **traits)
    _follow_object(viewer, relief)
    Downloads(viewer, lambda: relief.replace(**viewer.values()))
    return viewer


def _plain_view(relief: Relief, **traits: Any) -> Viewer:
    viewer = Viewer()
    viewer._fallback = lambda: png(relief.picture(_FALLBACK_SIDE), small=True)
    show_source(viewer, relief)
    show_settings(viewer, _lit(relief).settings)
    show_field(viewer, relief.height_field)
    for name, value in traits.items():
        if not viewer.has_trait(name):
            raise ReliefError(
                f"A view has no setting named {name!r}.",
                "Height settings belong to the relief: relief.replace(…).show().",
            )
        try:
            if name in SETTINGS:
                value = checked(name, value)
            elif isinstance(value, float):
                number(name, value)
            setattr(viewer, name, value)
        except ReliefError:
            raise
        except Exception as error:  # traitlets have several for what a trait does not take
            raise ReliefError(
                f"{name} is {shown(value)}, which a view cannot show.",
                "What it takes is in the documentation of Viewer.",
            ) from error
    return viewer


def _lit(relief: Relief) -> Relief:
    """Light a lithophane from behind, unless it was given a material."""
    plain = relief.settings.material == default("material")
    return relief.replace(material=_LIT) if relief.is_lithophane and plain else relief


def _follow_object(viewer: Viewer, relief: Relief) -> None:
    """Show what the settings make of a relief, and make it anew when they change and rest."""
    work = Newest()

    def failed(error: Exception) -> None:
        # The plain part is there to be seen, and saving says the same.
        show_object(viewer, None)
        _log.warning("%s", error)

    def cut() -> None:
        made = relief.replace(**viewer.values())
        if made.is_object:
            bent = made.settings.bend != "flat"
            show = partial(show_object, viewer, bent=bent)
            work.run(partial(preview_mesh, made), show, failed)
        elif viewer.object:
            show_object(viewer, None)

    if relief.is_object:
        later = Debounced(cut, _REST_S)
        viewer.observe(
            lambda _: later.start(), [n for n, c in SETTINGS.items() if c.kind == "body"]
        )
        cut()


def save_page(relief: Relief, path: Path, **traits: Any) -> Path:
    """Write the page of a relief; see ``Relief.to_html``."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise ReliefError(f"{path.name!r} does not end in .html.", "Name it .html.")
    viewer = _plain_view(relief, **traits)
    made = relief.replace(**viewer.values())
    own = Viewer.class_own_traits(sync=True)
    state = {name: getattr(viewer, name) for name in own} | {"exports": [], "shown": 0}
    viewer.close()
    if made.is_object:
        # As it is saved: without a kernel nobody cuts it anew, so what shapes it is not offered.
        state |= {
            "object": object_bytes(_triangles(made.body())),
            "bent": made.settings.bend != "flat",
            "controls": [item for item in state["controls"] if item["kind"] == "display"],
        }
    write_page(state, f"Relief of {viewer.name}" if viewer.name else "Relief", path)
    return path
