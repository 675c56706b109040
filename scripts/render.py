"""Draw a part from a three-quarter view, for the documentation: a small software renderer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from relief_widget.export.hillshade import hillshade
from relief_widget.filters import resample
from relief_widget.mesh.grid import Part

Array = npt.NDArray[np.float32]

OVERSAMPLING = 2
COLOUR: Array = np.array([222, 214, 200], np.float32) / np.float32(255)
BACKGROUND: Array = np.ones(3, np.float32)


def render(
    part: Part,
    width: int = 640,
    *,
    turn: float = -28.0,
    tilt: float = 52.0,
    colour: Array = COLOUR,
) -> Image.Image:
    """Return an orthographic picture of `part`.

    Parameters
    ----------
    part
        The part, in mm.
    width
        Width of the picture in pixels.
    turn, tilt
        Rotation about z and angle of the view above the horizon, in degrees.
    colour
        float32 (3,) sRGB of the material in [0, 1].
    """
    points, shades = _surface(part, width * OVERSAMPLING)
    x, y, depth = _project(points, np.radians(turn), np.radians(tilt))
    span = float(np.ptp(x))
    scale = width * OVERSAMPLING * 0.9 / span
    height = int(np.ptp(y) * scale + width * OVERSAMPLING * 0.1)
    cols = ((x - x.min()) * scale + width * OVERSAMPLING * 0.05).astype(np.int32)
    rows = (height - 1 - ((y - y.min()) * scale + width * OVERSAMPLING * 0.05)).astype(np.int32)
    inside = (rows >= 0) & (rows < height) & (cols >= 0) & (cols < width * OVERSAMPLING)
    order = np.argsort(depth[inside], kind="stable")
    picture = np.full((height, width * OVERSAMPLING), np.nan, np.float32)
    # The nearest point is written last and stays.
    picture[rows[inside][order], cols[inside][order]] = shades[inside][order]
    seen = np.isfinite(picture)
    tone = np.clip(np.nan_to_num(picture) * 1.75, 0, 1) ** (1 / 2.2)
    canvas = _ground(seen) * BACKGROUND
    canvas[seen] = tone[seen][:, None] * colour
    image = Image.fromarray(np.rint(np.clip(canvas, 0, 1) * 255).astype(np.uint8))
    return image.resize((width, height // OVERSAMPLING), Image.Resampling.LANCZOS)


def _surface(part: Part, density: int) -> tuple[Array, Array]:
    """Return points (n, 3) in mm, dense enough for no gaps, and the light of each (n,)."""
    rows, cols = part.z.shape
    grow = max(1.0, 1.6 * density / max(rows, cols))
    shape = (round(rows * grow), round(cols * grow))
    z = resample(part.z, shape)
    x = np.linspace(part.x[0], part.x[-1], shape[1], dtype=np.float32)
    y = np.linspace(part.y[0], part.y[-1], shape[0], dtype=np.float32)
    spacing = float(abs(x[1] - x[0]))
    shade = hillshade(z, spacing)
    xs, ys = np.meshgrid(x, y)
    visible = part.visible
    keep = np.ones(shape, bool)
    if visible is not None:
        keep = resample(visible.astype(np.float32), shape) > 0.5
    points = [np.stack([xs[keep], ys[keep], z[keep]], axis=1)]
    shades = [shade[keep]]
    if part.solid:
        for edge, light in (
            (np.s_[0], 0.30),
            (np.s_[-1], 0.26),
            (np.s_[:, 0], 0.34),
            (np.s_[:, -1], 0.2),
        ):
            top = z[edge]
            steps = np.linspace(0, 1, 96, dtype=np.float32)[:, None]
            wall = np.stack(
                np.broadcast_arrays(xs[edge][None], ys[edge][None], steps * top[None]), axis=-1
            )
            points.append(wall.reshape(-1, 3))
            shades.append(np.full(wall.shape[0] * wall.shape[1], light, np.float32))
    return np.concatenate(points), np.concatenate(shades)


def _project(points: Array, turn: float, tilt: float) -> tuple[Array, Array, Array]:
    x = np.cos(turn) * points[:, 0] - np.sin(turn) * points[:, 1]
    away = np.sin(turn) * points[:, 0] + np.cos(turn) * points[:, 1]
    y = np.sin(tilt) * away + np.cos(tilt) * points[:, 2]
    depth = -np.cos(tilt) * away + np.sin(tilt) * points[:, 2]
    return x, y, depth


def _ground(seen: npt.NDArray[np.bool_]) -> Array:
    """Return (rows, cols, 1): a soft shadow under the part."""
    shadow = Image.fromarray(np.where(seen, 70, 0).astype(np.uint8))
    blurred = shadow.filter(ImageFilter.GaussianBlur(seen.shape[1] / 60))
    return np.float32(1) - np.asarray(blurred, np.float32)[..., None] / np.float32(255)
