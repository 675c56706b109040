"""Show the same part on the full grid and with few triangles: ``python scripts/mesh_pictures.py``.

Shaded by the faces' own normals, and as wireframe, seen from above; into docs/pictures/objects.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from relief_widget import Relief, example_photos
from relief_widget.mesh.triangles import Mesh

FOLDER = Path(__file__).parents[1] / "docs" / "pictures" / "objects"
SIDE, GAP, OVERSAMPLING = 460, 12, 2
LIGHT = np.array([-0.45, 0.55, 0.7]) / np.linalg.norm([-0.45, 0.55, 0.7])


def drawn(body: Mesh, *, wireframe: bool, window: tuple[float, float, float]) -> Image.Image:
    """Draw the top of a body within a square window: left and bottom in mm, and its side."""
    left, bottom, side = window
    size = SIDE * OVERSAMPLING
    image = Image.new("RGB", (size, size), "white")
    draw = ImageDraw.Draw(image)
    corners = body.vertices[body.faces].astype(float)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.maximum(np.linalg.norm(normals, axis=1), 1e-12)
    shades = (normals @ LIGHT) / lengths
    flat = (corners[..., :2] - (left, bottom)) / side * size
    flat[..., 1] = size - flat[..., 1]
    seen = (normals[:, 2] > 0) & (flat.max(axis=(1, 2)) > 0) & (flat.min(axis=(1, 2)) < size)
    for triangle, shade in zip(flat[seen], shades[seen], strict=True):
        points = [tuple(point) for point in triangle]
        if wireframe:
            draw.polygon(points, outline=(40, 60, 90))
        else:
            grey = int(255 * np.clip(0.15 + 0.85 * shade, 0, 1))
            draw.polygon(points, fill=(grey, grey, grey))
    return image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def main(folder: Path) -> None:
    """Draw all four, side by side."""
    photo = example_photos()["hopper"]
    relief = Relief.from_photo(photo, preset="portrait", mesh_quality=256, size_mm=100)
    width, height, _ = relief.part.extents
    window = width * 0.3, height * 0.45, 34.0
    sheet = Image.new("RGB", (2 * SIDE + GAP, 2 * SIDE + GAP), "white")
    for row, body in enumerate((relief.part, relief.body(max_error_mm=0.03))):
        for column, wireframe in enumerate((False, True)):
            picture = drawn(body, wireframe=wireframe, window=window)
            sheet.paste(picture, (column * (SIDE + GAP), row * (SIDE + GAP)))
        print(f"{body.triangles:,} triangles")
    folder.mkdir(parents=True, exist_ok=True)
    sheet.save(folder / "meshes.jpg", quality=88, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
