"""The photo, the depth map and the relief as small pictures."""

from __future__ import annotations

import numpy as np
from PIL import Image

from relief_widget.depth.depth_map import DepthMap
from relief_widget.heights.sources import Source
from relief_widget.image.encoding import png
from relief_widget.relief import Relief

_SIDE = 480


class Pictures:
    """Makes pictures of reliefs; those of what a relief is made of once for all its settings."""

    def __init__(self) -> None:
        self._source: Source | None = None
        self._made: dict[str, bytes] = {}

    def of(self, relief: Relief) -> dict[str, bytes]:
        """Return pictures of the photo, the depth map and the relief, those that there are.

        Returns
        -------
        dict of str to bytes
            PNG files, at most 480 pixels long, by ``"photo"``, ``"depth_map"`` and ``"relief"``.
        """
        if relief.source is not self._source:
            images = {}
            if relief.photo is not None:
                images["photo"] = relief.photo.image(_SIDE)
            if relief.depth_map is not None:
                images["depth_map"] = depth_picture(relief.depth_map, _SIDE)
            self._made = {name: png(image) for name, image in images.items()}
            self._source = relief.source
        return {"relief": png(relief.picture(_SIDE)), **self._made}


def depth_picture(depth_map: DepthMap, max_side: int) -> Image.Image:
    """Return a depth map as a small grey picture."""
    grey = Image.fromarray(np.rint(depth_map.values * 255).astype(np.uint8))
    grey.thumbnail((max_side, max_side))
    return grey
