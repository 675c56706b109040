"""Make the pictures of finished objects: ``python scripts/object_pictures.py [FOLDER] [NAME …]``.

A coin from both sides, a framed plaque, a keyring, a tube lithophane lit from inside, a panel in
tiles, a mould and its cast, drawn by a small software renderer; by default into
docs/pictures/objects.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import gaussian_filter

from relief_widget import Relief, example_photos
from relief_widget.mesh.objects import Finished, finish
from relief_widget.mesh.triangles import Triangles

FOLDER = Path(__file__).parents[1] / "docs" / "pictures" / "objects"
WIDTH, OVERSAMPLING = 900, 2

Array = npt.NDArray[np.float64]

GOLD = (0.95, 0.72, 0.32)
CLAY = (0.86, 0.80, 0.72)
TEAL = (0.36, 0.62, 0.62)
PLASTER = (0.93, 0.92, 0.89)
BLUE = (0.50, 0.61, 0.75)
WARM = (1.0, 0.80, 0.52)


class Scene:
    """Triangles in mm with a colour each, seen by an orthographic camera."""

    def __init__(self) -> None:
        self._corners: list[Array] = []
        self._normals: list[Array] = []
        self._colours: list[Array] = []
        self._shine: list[Array] = []
        self._glow: list[Array] = []

    def add(
        self,
        mesh: Triangles,
        colour: Sequence[float],
        *,
        turned: Array | None = None,
        moved: Sequence[float] = (0, 0, 0),
        shine: float = 0.15,
        glow: Array | None = None,
    ) -> None:
        """Add a mesh about the middle of its box, turned and then moved.

        Parameters
        ----------
        glow
            (n,) light of each vertex's own.
        """
        points = mesh.vertices.astype(np.float64)
        points = points - (points.min(axis=0) + points.max(axis=0)) / 2
        if turned is not None:
            points = points @ turned.T
        points = points + np.asarray(moved)
        corners = points[mesh.faces]
        self._corners.append(corners)
        self._normals.append(_normals(corners, mesh.faces, len(points)))
        self._colours.append(np.tile(colour, (len(corners), 1)))
        self._shine.append(np.full(len(corners), shine))
        light = np.zeros((len(corners), 3))
        if glow is not None:
            light = glow[mesh.faces]
        self._glow.append(light)

    def picture(
        self, *, turn: float = -25, tilt: float = 40, dark: bool = False, ground: bool = True
    ) -> Image.Image:
        """Return the scene as seen from `tilt` degrees above the ground, turned about z."""
        view = _about(0, tilt - 90) @ _about(2, turn)
        corners = np.concatenate(self._corners) @ view.T
        normals = np.concatenate(self._normals) @ view.T
        low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
        share = (high - low)[1] / (high - low)[0]
        tall = round(WIDTH * min(max(0.86 * share + 0.12, 0.4), 0.8))
        width, height = WIDTH * OVERSAMPLING, tall * OVERSAMPLING
        scale = 0.86 * min(width / (high - low)[0], height / (high - low)[1])
        middle = (low + high) / 2
        shown = (corners - middle) * [scale, -scale, scale] + [width / 2, height / 2, 0]
        face, first, second = _rasterised(shown, width, height)
        seen = face >= 0
        f, u, v = face[seen], first[seen][:, None], second[seen][:, None]
        way = normals[f, 0] * (1 - u - v) + normals[f, 1] * u + normals[f, 2] * v
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        depth = np.full((height, width), shown[..., 2].min() - 30 * OVERSAMPLING)
        z = shown[..., 2]
        depth[seen] = z[f, 0] * (1 - u[:, 0] - v[:, 0]) + z[f, 1] * u[:, 0] + z[f, 2] * v[:, 0]
        light = _light(way, np.concatenate(self._shine)[f], dark)
        hollow = _hollows(depth)[seen]
        colour = np.concatenate(self._colours)[f] ** 2.2
        lit = colour * (light[0] * hollow)[:, None] + (light[1] * hollow)[:, None]
        glow = np.concatenate(self._glow)
        own = glow[f, 0] * (1 - u[:, 0] - v[:, 0]) + glow[f, 1] * u[:, 0] + glow[f, 2] * v[:, 0]
        lit += own[:, None] * np.array(WARM) ** 1.6
        canvas = _backdrop(height, width, dark)
        if ground and not dark:
            shade = gaussian_filter(seen.astype(np.float64), 16 * OVERSAMPLING)
            shade = np.roll(shade, (9 * OVERSAMPLING, 7 * OVERSAMPLING), axis=(0, 1))
            canvas *= (1 - 0.42 * np.clip(shade, 0, 1))[..., None]
        if dark:
            aura = np.zeros((height, width))
            aura[seen] = own
            canvas += gaussian_filter(aura, 60 * OVERSAMPLING)[..., None] * np.array(WARM) * 0.5
        canvas[seen] = lit
        small = canvas.reshape(tall, OVERSAMPLING, WIDTH, OVERSAMPLING, 3).mean(axis=(1, 3))
        # A smooth backdrop in 256 steps shows them; noise of half a step hides them.
        noise = np.random.default_rng(0).uniform(-0.5, 0.5, (tall, WIDTH, 1))
        return Image.fromarray(
            np.rint(np.clip(255 * np.clip(small, 0, 1) ** (1 / 2.2) + noise, 0, 255)).astype(
                np.uint8
            )
        )


def _about(axis: int, degrees: float) -> Array:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.eye(3)
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    matrix[[i, i, j, j], [i, j, i, j]] = c, -s, s, c
    return matrix


def _normals(corners: Array, faces: npt.NDArray[np.int32], count: int) -> Array:
    """Return a normal for each corner, smooth but across edges sharper than 35°."""
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(flat, axis=1, keepdims=True)
    flat /= np.maximum(area, 1e-30)
    smooth = np.repeat(flat[:, None], 3, axis=1) * 1e-9
    order = np.argsort(faces.reshape(-1), kind="stable")
    owner = faces.reshape(-1)[order]
    begins = np.searchsorted(owner, np.arange(count))
    ends = np.searchsorted(owner, np.arange(count), side="right")
    # Around one corner after the other of each vertex; fans of needles need no smoothing.
    for step in range(24):
        at = begins[faces] + step
        there = at < ends[faces]
        other = order[np.minimum(at, len(order) - 1)] // 3
        near = there & (np.einsum("ijk,ik->ij", flat[other], flat) > np.cos(np.radians(35)))
        smooth += flat[other] * (area[other] * near[..., None])
    return np.asarray(smooth / np.linalg.norm(smooth, axis=2, keepdims=True))


def _rasterised(
    shown: Array, width: int, height: int
) -> tuple[npt.NDArray[np.int64], Array, Array]:
    """Return the nearest face of each pixel, or -1, and two barycentric coordinates."""
    a, b, c = np.moveaxis(shown, 1, 0)
    face = np.full(width * height, -1, dtype=np.int64)
    nearest = np.full(width * height, -np.inf)
    first, second = np.zeros(width * height), np.zeros(width * height)
    turned = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    # y points down in the picture: what faces the camera runs clockwise there.
    front = np.flatnonzero(turned < -1e-12)
    box_low = np.floor(shown[front, :, :2].min(axis=1)).astype(int)
    box = np.ceil(shown[front, :, :2].max(axis=1)).astype(int) - box_low + 1
    side = box.max(axis=1)
    large = side > 24
    for smaller, size in pairwise((0, 2, 4, 8, 24)):
        group = (side > smaller) & (side <= size)
        chosen = front[group]
        for dx in range(size + 1):
            for dy in range(size + 1):
                x, y = box_low[group, 0] + dx, box_low[group, 1] + dy
                _put(chosen, x, y, a, b, c, turned, width, height, face, nearest, first, second)
    for one, low, span in zip(front[large], box_low[large], box[large], strict=True):
        x, y = np.meshgrid(np.arange(span[0]) + low[0], np.arange(span[1]) + low[1])
        many = np.full(x.size, one)
        _put(
            many, x.ravel(), y.ravel(), a, b, c, turned, width, height, face, nearest, first, second
        )
    shape = (height, width)
    return face.reshape(shape), first.reshape(shape), second.reshape(shape)


def _put(
    faces: npt.NDArray[np.int64],
    x: Any,
    y: Any,
    a: Array,
    b: Array,
    c: Array,
    turned: Array,
    width: int,
    height: int,
    face: Any,
    nearest: Array,
    first: Array,
    second: Array,
) -> None:
    p, q, r = a[faces], b[faces], c[faces]
    px, py = x + 0.5 - p[:, 0], y + 0.5 - p[:, 1]
    u = (px * (r - p)[:, 1] - py * (r - p)[:, 0]) / turned[faces]
    v = ((q - p)[:, 0] * py - (q - p)[:, 1] * px) / turned[faces]
    inside = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9)
    inside &= (x >= 0) & (x < width) & (y >= 0) & (y < height)
    if not inside.any():
        return
    p, q, r, u, v = (item[inside] for item in (p, q, r, u, v))
    z = p[:, 2] * (1 - u - v) + q[:, 2] * u + r[:, 2] * v
    place = y[inside] * width + x[inside]
    order = np.argsort(z, kind="stable")
    place, z, u, v, found = place[order], z[order], u[order], v[order], faces[inside][order]
    nearer = z > nearest[place]
    place = place[nearer]
    # Of several the nearest is written last and stays.
    nearest[place], face[place] = z[nearer], found[nearer]
    first[place], second[place] = u[nearer], v[nearer]


def _light(way: Array, shine: Array, dark: bool) -> tuple[Array, Array]:
    def lamp(direction: Sequence[float]) -> tuple[Array, Array]:
        to = np.array(direction) / np.linalg.norm(direction)
        half = to + np.array([0.0, 0.0, 1.0])
        half /= np.linalg.norm(half)
        return np.clip(way @ to, 0, 1), np.clip(way @ half, 0, 1) ** 40

    key, key_shine = lamp((-0.9, 0.85, 0.75))
    fill, fill_shine = lamp((0.8, 0.2, 0.6))
    if dark:
        return 0.02 + 0.05 * key, 0.02 * shine * key_shine
    return (
        0.24 + 0.08 * way[:, 1] + 0.82 * key + 0.26 * fill,
        shine * (0.9 * key_shine + 0.3 * fill_shine),
    )


def _hollows(depth: Array) -> Array:
    """Return how much light reaches each pixel between what stands higher around it."""
    shade = np.ones(depth.shape)
    for radius, weight in ((3, 0.25), (10, 0.3), (30, 0.3)):
        sigma = radius * OVERSAMPLING
        higher = gaussian_filter(depth, sigma) - depth
        shade *= 1 - weight * np.clip(higher / (1.2 * sigma), 0, 1)
    return shade


def _backdrop(height: int, width: int, dark: bool) -> Array:
    y = np.linspace(0, 1, height)[:, None, None]
    top, bottom = (0.012, 0.03) if dark else (0.86, 0.70)
    return np.ones((height, width, 3)) * (top + (bottom - top) * y) * [1.0, 0.985, 0.96]


def made(relief: Relief) -> list[Finished]:
    """Return the object that a relief's settings make."""
    mask = relief.depth_map.mask if relief.depth_map is not None else None
    return finish(relief.part, relief.settings, subject=mask)


def _photo(name: str, preset: str | None = None, **settings: Any) -> Relief:
    return Relief.from_photo(
        example_photos()[name], preset=preset, **({"mesh_quality": 448} | settings)
    )


UP = _about(0, 90)  # what lies with the photo upright stands up
BEHIND = _about(1, 180)


def coin() -> Image.Image:
    """Draw a coin from both sides."""
    relief = _photo(
        "hopper",
        "coin",
        size_mm=40,
        outline="circle",
        frame_mm=1.6,
        frame_height_mm=1.6,
        frame_from="base",
        frame_chamfer_mm=0.4,
        depth_intensity=0.05,
        base_thickness=0.06,
        back_text="Für Grace\n★ 1906 ★",
        back_text_mm=5,
    )
    (mesh,) = made(relief)
    scene = Scene()
    scene.add(mesh, GOLD, moved=(-22, 0, 0), shine=0.5)
    scene.add(mesh, GOLD, moved=(22, 0, 0), turned=BEHIND, shine=0.5)
    return scene.picture(turn=0, tilt=62)


def plaque() -> Image.Image:
    """Draw a framed plaque with a hanging hole, and its back with magnets and text."""
    relief = _photo(
        "flower",
        "plaque",
        outline="rectangle",
        keyhole_mm=0,
        frame_from="base",
        size_mm=120,
        frame_mm=9,
        frame_height_mm=7,
        frame_chamfer_mm=2.5,
        hanging_hole_mm=3.5,
        base_thickness=0.04,
        depth_intensity=0.06,
        magnets=4,
        back_text="Dahlia\nMay 2026",
        back_text_mm=12,
        back_text_depth_mm=1,
    )
    (mesh,) = made(relief)
    scene = Scene()
    scene.add(mesh, CLAY, moved=(-mesh.extents[0] * 0.54, 0, 0))
    scene.add(mesh, CLAY, moved=(mesh.extents[0] * 0.54, 0, 0), turned=BEHIND)
    return scene.picture(turn=0, tilt=58)


def keyring() -> Image.Image:
    """Draw a keyring along the outline of its subject, and a hexagonal one."""
    subject = _photo(
        "astronaut",
        size_mm=55,
        outline="subject",
        margin_mm=1.5,
        keyring_mm=4,
        base_thickness=0.05,
        depth_intensity=0.06,
    )
    hexagon = _photo(
        "cat",
        size_mm=42,
        outline="polygon",
        keyring_mm=4,
        frame_mm=2,
        frame_height_mm=2.2,
        frame_chamfer_mm=0.5,
        base_thickness=0.06,
        depth_intensity=0.05,
    )
    scene = Scene()
    scene.add(made(subject)[0], TEAL, moved=(-27, 0, 0))
    scene.add(made(hexagon)[0], GOLD, moved=(30, -4, 0), shine=0.4)
    return scene.picture(turn=-8, tilt=58)


def tube() -> Image.Image:
    """Draw a lithophane bent to a tube, with a lamp inside."""
    relief = Relief.lithophane(
        example_photos()["pagoda"],
        attenuation_per_mm=1.3,
        size_mm=240,
        mesh_quality=800,
        bend="tube",
        frame_mm=4,
        frame_height_mm=2.2,
    )
    (mesh,) = made(relief)
    points = mesh.vertices.astype(np.float64)
    # From the axis: the lamp's light goes outwards through the wall.
    middle = (points[:, [0, 2]].min(axis=0) + points[:, [0, 2]].max(axis=0)) / 2
    radius = np.hypot(*(points[:, [0, 2]] - middle).T)
    thickness = radius - radius.min()
    glow = np.where(thickness < 0.3, 0.9, np.exp(-1.3 * (np.clip(thickness, 0.8, 3.0) - 0.8)))
    scene = Scene()
    scene.add(mesh, PLASTER, turned=UP, glow=glow)
    return scene.picture(turn=-14, tilt=14, dark=True)


def tiles() -> Image.Image:
    """Draw a panel in tiles, pulled apart to show seams and pin holes."""
    relief = _photo(
        "astronaut",
        "plaque",
        outline="rectangle",
        keyhole_mm=0,
        frame_from="base",
        size_mm=300,
        frame_mm=14,
        frame_height_mm=10,
        frame_chamfer_mm=3,
        bed_x_mm=160,
        bed_y_mm=160,
        pin_mm=4,
        base_thickness=0.03,
        depth_intensity=0.05,
    )
    found = made(relief)
    scene = Scene()
    for tile in found:
        low, high = (
            np.array(end) for end in (tile.vertices.min(axis=0), tile.vertices.max(axis=0))
        )
        gap = np.array([tile.column * 22.0, -tile.row * 22.0, 0])
        middle = (low + high) / 2 + [*tile.position_mm, 0] + gap
        scene.add(tile, BLUE, moved=middle)
    return scene.picture(turn=-22, tilt=44)


def mould() -> Image.Image:
    """Draw a mould box, and what is cast in it."""
    wanted = {
        "size_mm": 80, "outline": "oval", "frame_mm": 3.5, "frame_height_mm": 4.5,
        "frame_chamfer_mm": 1, "base_thickness": 0.06, "depth_intensity": 0.08,
    }  # fmt: skip
    relief = _photo("hopper", "portrait", **wanted)
    box, cast = made(relief.replace(mould_box=True, draft_degrees=4))[0], made(relief)[0]
    apart = box.extents[0] * 0.54
    scene = Scene()
    scene.add(box, TEAL, moved=(-apart, 0, box.extents[2] / 2))
    scene.add(cast, PLASTER, moved=(apart, 0, cast.extents[2] / 2))
    return scene.picture(turn=-6, tilt=56)


PICTURES: dict[str, Callable[[], Image.Image]] = {
    "coin": coin,
    "plaque": plaque,
    "keyring": keyring,
    "tube": tube,
    "tiles": tiles,
    "mould": mould,
}


def main() -> None:
    """Write the pictures."""
    folder, *names = [*sys.argv[1:]] or [str(FOLDER)]
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name in names or PICTURES:
        picture = PICTURES[name]().convert("RGB")
        picture.save(Path(folder) / f"{name}.jpg", quality=86, optimize=True)
        print(name)


if __name__ == "__main__":
    main()
