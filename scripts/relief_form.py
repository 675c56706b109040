"""Print what the height of a relief goes to, for the bundled photos or others.

``python scripts/relief_form.py [PHOTO…] [--style STYLE]``: at the default settings, 100 mm long:

- steep: share of the subject that is steeper than 45°.
- inner: range of the heights inside the subject, from the 5th to the 95th percentile, blurred by
  3 mm and 4 mm away from its edge, as a share of the relief's height: the form.
- step: mean height inside the subject less that outside, as the same share: the cookie cutter.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy import ndimage

from relief_widget import Relief, example_photos
from relief_widget.depth import STYLES, DepthMap, Style
from relief_widget.filters import gaussian, resample

EXAMPLES = ("hopper", "astronaut", "cat", "coffee", "flower", "pagoda")
BLUR_MM, EDGE_MM = 3.0, 4.0


def figures(relief: Relief) -> tuple[float, float, float]:
    """Return the shares steep, inner and step; NaN where there is no subject."""
    depth_map = relief.depth_map
    assert isinstance(depth_map, DepthMap)
    if depth_map.mask is None:
        return np.nan, np.nan, np.nan
    heights = relief.heights
    rows, cols = heights.shape
    mask = resample(depth_map.mask, (rows, cols)) > 0.5
    pitch = relief.settings.size_mm / (max(rows, cols) - 1)
    tall = relief.settings.depth_intensity * relief.settings.size_mm
    down, right = np.gradient(heights * np.float32(tall / pitch))
    steep = float((np.hypot(down, right)[mask] > 1).mean())
    # The frame is no edge of the subject.
    away = ndimage.distance_transform_edt(np.pad(mask, 1, mode="edge"))[1:-1, 1:-1]
    inner = gaussian(heights, BLUR_MM / pitch)[away * pitch > EDGE_MM]
    span = float(np.subtract(*np.percentile(inner, (95, 5)))) if inner.size else np.nan
    return steep, span, float(heights[mask].mean() - heights[~mask].mean())


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="*", type=Path)
    parser.add_argument("--style", choices=STYLES)
    arguments = parser.parse_args()
    photos = arguments.photos or [example_photos()[name] for name in EXAMPLES]
    styles: tuple[Style, ...] = (arguments.style,) if arguments.style else STYLES
    for style in styles:
        print(f"\n| {style} | steep | inner | step |\n|---|---|---|---|")
        rows = []
        for path in photos:
            rows.append(figures(Relief.from_photo(path, style=style)))
            print(f"| {path.stem} | {' | '.join(f'{value:.2f}' for value in rows[-1])} |")
        print(f"| mean | {' | '.join(f'{value:.2f}' for value in np.nanmean(rows, axis=0))} |")


if __name__ == "__main__":
    main()
