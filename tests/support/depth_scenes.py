"""Scenes with known depth, and the ways in which models damage it."""

from __future__ import annotations

import io
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

FloatArray = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]


def scene(seed: int, rows: int = 384, cols: int = 512) -> tuple[FloatArray, Pixels]:
    """Return depth in [0, 1], near = 1, and a photo of it, lit and with patterns of its own."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :cols].astype(np.float32)
    depth = np.clip(0.15 * y / rows, 0, 1)
    colour = np.zeros((rows, cols, 3), np.float32) + rng.uniform(0.3, 0.7, 3)
    for level in np.sort(rng.uniform(0.35, 0.9, 7)):
        centre = rng.uniform(0.2, 0.8, 2) * (cols, rows)
        radius = rng.uniform(0.08, 0.2) * rows
        if rng.random() < 0.6:
            away = np.hypot(x - centre[0], y - centre[1]) / radius
            inside = away < 1
            height = level * (0.75 + 0.25 * np.sqrt(np.clip(1 - away**2, 0, 1)))
        else:
            turn = rng.uniform(0, np.pi)
            u = (x - centre[0]) * np.cos(turn) + (y - centre[1]) * np.sin(turn)
            v = (y - centre[1]) * np.cos(turn) - (x - centre[0]) * np.sin(turn)
            inside = (np.abs(u) < radius) & (np.abs(v) < 0.6 * radius)
            height = level * (0.9 + 0.1 * u / radius)
        depth = np.where(inside, height, depth)
        paint = rng.uniform(0.1, 0.9, 3) * (1 + 0.15 * np.sin(x / rng.uniform(2, 6)))[..., None]
        colour = np.where(inside[..., None], paint, colour)
    down, right = np.gradient(depth * 60)
    light = np.clip(0.75 + 0.25 * (-right - down) / np.sqrt(1 + right**2 + down**2), 0.2, 1.2)
    photo = colour * light[..., None] + rng.normal(0, 0.015, colour.shape)
    depth = (depth - depth.min()) / np.ptp(depth)
    return depth.astype(np.float32), np.rint(np.clip(photo, 0, 1) * 255).astype(np.uint8)


def eight_bit(depth: FloatArray) -> Pixels:
    return np.rint(depth * 255).astype(np.uint8)


def as_jpeg(picture: Pixels, quality: int) -> Pixels:
    """Return the pixels after a JPEG file."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def moved(
    depth: FloatArray, zoom: float = 1.0, right: float = 0.0, down: float = 0.0
) -> FloatArray:
    """Return a map whose content is enlarged about the middle, then shifted, in pixels."""
    middle = (np.array(depth.shape) - 1) / 2
    offset = middle - (middle + np.array([down, right])) / zoom
    matrix = np.array([1 / zoom, 1 / zoom])
    result = ndimage.affine_transform(depth, matrix, offset, order=1, mode="nearest")
    return cast("FloatArray", result.astype(np.float32))


def with_caption(depth: FloatArray, text: str = "DEPTH MAP 2.5 m") -> FloatArray:
    image = Image.fromarray(eight_bit(depth))
    draw = ImageDraw.Draw(image)
    draw.text((12, depth.shape[0] - 30), text, fill=255, font=ImageFont.load_default(18))
    return np.asarray(image, np.float32) / np.float32(255)


def with_border(depth: FloatArray, width: int, level: float) -> FloatArray:
    framed = depth.copy()
    for side in (np.s_[:width], np.s_[-width:], np.s_[:, :width], np.s_[:, -width:]):
        framed[side] = level
    return framed


def coloured(depth: FloatArray) -> Pixels:
    """Return a heat map: blue, cyan, green, yellow, red."""
    stops = np.array([[0, 0, 130], [0, 200, 255], [40, 220, 60], [255, 230, 0], [180, 0, 0]])
    at = np.linspace(0, 1, len(stops))
    bands = [np.interp(depth, at, stops[:, band]) for band in range(3)]
    return cast("Pixels", np.rint(np.stack(bands, axis=-1)).astype(np.uint8))


def rmse(one: Any, other: Any) -> float:
    return float(np.sqrt(np.mean((np.asarray(one, float) - np.asarray(other, float)) ** 2)))
