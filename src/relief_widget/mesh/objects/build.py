"""The finished object: one step after the other."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from relief_widget.mesh.manifolds import check
from relief_widget.mesh.objects import tiles
from relief_widget.mesh.objects.curved import bent
from relief_widget.mesh.objects.frame import Tab, shaped
from relief_widget.mesh.objects.holes import (
    HOLE_WALL_MM,
    POCKET_WALL_MM,
    check_depth,
    hanging_hole,
    keyhole,
    keyring_tab,
    pockets,
)
from relief_widget.mesh.objects.lettering import lettering
from relief_widget.mesh.objects.meshes import (
    SLIVER_MM,
    Finished,
    PhotoPlace,
    closed_mesh,
    photo_place,
    placed,
    plain,
)
from relief_widget.mesh.objects.mould import mould_box, turned_over
from relief_widget.mesh.objects.outlines import Plan, plan
from relief_widget.mesh.objects.rules import applied, check_rules, is_object
from relief_widget.mesh.objects.solids import BEYOND, disc, prism, rod, union
from relief_widget.mesh.objects.surface import cut_surface
from relief_widget.mesh.triangles import Mesh
from relief_widget.settings import ReliefSettings

if TYPE_CHECKING:
    from manifold3d import CrossSection, Manifold


def finish(
    base: Mesh,
    settings: ReliefSettings,
    *,
    subject: npt.NDArray[np.floating] | None = None,
    plane_mm: tuple[float, float] | None = None,
    base_mm: float | None = None,
) -> list[Finished]:
    """Return the object that the settings make of a plain part.

    The longer side of the outline, frame included, is ``size_mm``; the tab of a keyring, the walls
    of a mould and the bend come on top. Coordinates start from 0, as in `Part`. With all object
    settings off the part comes back vertex by vertex. A planar part is cut to its outline; the
    other settings need a solid one, and do nothing.

    Parameters
    ----------
    base
        The plain part: the full grid, or a mesh with fewer triangles of the same surface.
    settings
        Those that `base` was made with.
    subject
        (rows, cols) in [0, 1], row 0 = top of the photo: the subject mask, for the outline
        ``"subject"``. It lies on the photo, and is mirrored with it.
    plane_mm
        Width and height of the plain part before anything was left out of it, in mm; by default
        what `base` reaches.
    base_mm
        Thickness of the base under the relief; by default what `settings` say.

    Returns
    -------
    list[Finished]
        The object, or its tiles in rows from the top left. Each is closed, but for a planar one,
        faces outwards, and keeps the relief's faces with their place on the photo.

    Raises
    ------
    ReliefError
        Settings do not go together, or something does not fit.
    """
    if not is_object(settings):
        return [plain(base)]
    settings = applied(settings)
    check_rules(settings)
    width, height = plane_mm or (float(np.max(base.vertices[:, axis])) for axis in (0, 1))
    if subject is not None and settings.mirrored:
        subject = subject[:, ::-1]
    if base_mm is None:
        base_mm = settings.base_thickness * settings.size_mm
    drawn = plan(width, height, settings, subject, base_mm, base.extents[2])
    if not base.solid:
        return [cut_surface(base, drawn)]
    tiles.check_count(drawn.width, drawn.height, settings)
    place = photo_place(base, drawn.scale, drawn.shift)
    solid, relief_id = placed(base, drawn.scale, drawn.shift)
    tab = keyring_tab(drawn, settings) if settings.keyring_mm else None
    cutters = _Cutters(drawn, tab, settings)
    solid = shaped(solid, drawn, tab, settings)
    if settings.mould_box:
        mould = mould_box(solid, union(cutters.through), drawn, tab, settings)
        return [closed_mesh(mould, relief_id, place, turned_over)]
    if cutters.all:
        solid -= union(cutters.all)
    if settings.bend != "flat":
        return [bent(solid, relief_id, place, settings)]
    return _tiled(solid, relief_id, place, cutters, drawn.base_mm, settings)


class _Cutters:
    """What is cut out of the shaped part, and where material is left.

    Attributes
    ----------
    through
        The holes.
    all
        These and what is cut into the back.
    free
        Where nothing is cut.
    places
        Name, x, y and radius of each hole and pocket.
    """

    def __init__(self, drawn: Plan, tab: Tab | None, settings: ReliefSettings) -> None:
        self.through: list[Manifold] = []
        self.free: CrossSection = drawn.outer
        self.places: list[tuple[str, float, float, float]] = []
        if settings.hanging_hole_mm:
            radius = settings.hanging_hole_mm / 2
            x, y = hanging_hole(drawn, settings)
            self._hole("the hanging hole", x, y, radius, HOLE_WALL_MM)
        if tab is not None:
            self._hole("the keyring's hole", *tab.hole, settings.keyring_mm / 2, HOLE_WALL_MM)
        self.all = list(self.through)
        if settings.keyhole_mm:
            cut, *ends = keyhole(drawn, settings)
            self.all += cut
            for x, y in ends:
                self._note("the keyhole", x, y, settings.keyhole_mm / 2, POCKET_WALL_MM)
        if settings.magnets:
            radius, depth = settings.magnet_diameter_mm / 2, settings.magnet_depth_mm
            for x, y in pockets(drawn, self.free, settings):
                self.all.append(rod((x, y, -BEYOND), (x, y, depth), radius))
                self._note("a magnet", x, y, radius, POCKET_WALL_MM)
        self.engraved_mm = 0.0
        if settings.back_text.strip():
            depth = self.engraved_mm = settings.back_text_depth_mm
            check_depth("Letters", depth, drawn.base_mm)
            self.all.append(prism(lettering(drawn, self.free, settings), -BEYOND, depth))

    def _hole(self, name: str, x: float, y: float, radius: float, wall: float) -> None:
        self.through.append(rod((x, y, -BEYOND), (x, y, 10000.0), radius))
        self._note(name, x, y, radius, wall)

    def _note(self, name: str, x: float, y: float, radius: float, wall: float) -> None:
        self.free -= disc(radius + wall, x, y)
        self.places.append((name, x, y, radius))


def _tiled(
    solid: Manifold,
    relief_id: int,
    place: PhotoPlace,
    cutters: _Cutters,
    base_mm: float,
    settings: ReliefSettings,
) -> list[Finished]:
    x1, y1 = (round(float(end), 6) for end in solid.bounding_box()[3:5])
    xs, ys = tiles.cuts(x1, settings.bed_x_mm), tiles.cuts(y1, settings.bed_y_mm)
    found = tiles.seams(xs, ys)
    if not found:
        return [closed_mesh(solid, relief_id, place)]
    tiles.check_clear(cutters.places, found)
    if settings.pin_mm:
        solid -= union(tiles.pins(found, cutters.free, cutters.engraved_mm, base_mm, settings))
    # Both sides of a seam keep the vertices of one cut: cleaned before it, never after.
    whole = check(solid).simplify(SLIVER_MM)
    made = []
    for row, column, tile in tiles.split(whole, xs, ys):
        left, bottom = xs[column], ys[len(ys) - 2 - row]
        made.append(
            closed_mesh(
                tile,
                relief_id,
                place,
                partial(np.add, (-left, -bottom, 0.0)),
                clean=False,
                name=f"row {row + 1} column {column + 1}",
                row=row,
                column=column,
                position_mm=(left, bottom),
            )
        )
    return made
