"""A loaded network: what it takes, what it answers, and every way in which it can fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from relief_widget.arrays import Array, BoolArray, FloatArray
from relief_widget.depth.onnx.graph import Graph
from relief_widget.depth.onnx.letterbox import Letterbox, letterbox
from relief_widget.depth.onnx.nearness import camera, nearness
from relief_widget.depth.onnx.normals import refined
from relief_widget.depth.onnx.runtime import LIMIT_LOOPS_S, LIMIT_S, run
from relief_widget.errors import DepthError
from relief_widget.filters.filling import enclosed, filled, strays
from relief_widget.image.colour import resize

_PATCH = 14
_DISAGREE = (
    "The normals that the model gives do not fit its depth; they were left out, so fine shape may "
    "be missing."
)

_WILD = "A few values of the model lay far outside all others, and were replaced by what is around."


@dataclass(frozen=True)
class Session:
    """A loaded network; `see` may be called from several threads at once.

    Attributes
    ----------
    runtime
        onnxruntime's session.
    graph
        What it takes and answers.
    side
        See `relief_widget.depth.onnx.letterbox.letterbox`.
    """

    runtime: Any
    graph: Graph
    side: int

    def letterbox(self, size: tuple[int, int]) -> Letterbox:
        """Return the letterbox of a picture of (width, height)."""
        return letterbox(size, self.graph.kind, self.side, self.graph.fixed)

    def see(
        self, picture: FloatArray, *, fine: bool, part: bool = False
    ) -> tuple[FloatArray, tuple[str, ...]]:
        """Return the nearness of a picture, at the network's own resolution.

        Parameters
        ----------
        picture
            sRGB, float32 (H, W, 3) in [0, 1].
        fine
            Look with as many patches as the picture fills; False: with fewer, at less time.
        part
            It is a tile of a photo: what reaches its border may well be enclosed in the photo.

        Returns
        -------
        tuple[FloatArray, tuple[str, ...]]
            float32 (rows, columns), large = near, of any range, which covers the whole picture; and
            what is doubtful about it, in sentences.

        Raises
        ------
        DepthError
            The network fails, or answers something that is no depth map.
        """
        box = self.letterbox((picture.shape[1], picture.shape[0]))
        graph = self.graph
        feed = {graph.image: self._fed(box.seen(picture)), **graph.extra}
        if graph.tokens is not None:
            tokens = feed[graph.tokens]
            feed[graph.tokens] = np.full_like(tokens, self._tokens(picture, fine))
        names = [graph.depth, *graph.masks, *([graph.normals] if graph.normals else [])]
        limit = LIMIT_LOOPS_S if graph.loops else LIMIT_S
        answers = run(self.runtime, names, feed, limit)
        sky = self._marked(answers, box, graph.kind.sky)
        unknown = self._marked(answers, box, graph.kind.valid)
        depth, focal = self._depth(answers[graph.depth], box, unknown)
        known = np.isfinite(depth)
        wild = strays(depth, known)
        doubts: tuple[str, ...] = ()
        if wild.any():
            doubts = (_WILD,)
            depth = np.where(wild, np.float32(np.nan), depth)
            known &= ~wild
        far, holes = _far_and_holes(
            _of_shape(sky, depth.shape), _of_shape(unknown, depth.shape), part
        )
        near = nearness(depth, graph.kind, far, holes)
        if holes is not None and holes.any():
            near = filled(near, holes)
        # Where a picture is stretched, normals and pixels no longer belong together.
        if graph.normals is None or graph.kind.fit == "stretch":
            return near, doubts
        for mask in (far, holes):
            if mask is not None:
                known &= ~mask
        normals = _vectors(answers[graph.normals], box)
        better = None
        if normals is not None:
            normals = resize(normals, near.shape[::-1], Image.Resampling.BILINEAR)
            better = refined(near, normals, known, focal, inverse=graph.kind.near == "small")
        return (near, (*doubts, _DISAGREE)) if better is None else (better, doubts)

    def _tokens(self, picture: FloatArray, fine: bool) -> int:
        least, most = self.graph.kind.tokens or (0, 0)
        patches = int(picture.shape[0] * picture.shape[1] / _PATCH**2)
        return min(max(patches, least), most if fine else (least + most) // 2)

    def _fed(self, picture: FloatArray) -> Array:
        graph = self.graph
        values: Array
        if graph.dtype is np.uint8:
            values = np.rint(picture * np.float32(255))
        else:
            mean, std = (np.array(three, np.float32) for three in (graph.kind.mean, graph.kind.std))
            values = (picture - mean) / std
        if not graph.channels_last:
            values = np.moveaxis(values, -1, 0)
        values = values[(None,) * (graph.rank - 3)]
        return np.ascontiguousarray(values, dtype=graph.dtype)

    def _depth(
        self, answer: Array, box: Letterbox, unknown: BoolArray | None
    ) -> tuple[FloatArray, float | None]:
        """Return the depth, and the focal length in pixels if it is known."""
        name = self.graph.depth
        if self.graph.kind.component is None:
            return box.placed(_plane(answer, name)), None
        points = _vectors(answer, box)
        if points is None:
            raise _no_map(name, answer.shape)
        return camera(points, self.graph.kind.component, _of_shape(unknown, points.shape[:2]))

    def _marked(
        self, answers: dict[str, Any], box: Letterbox, name: str | None
    ) -> BoolArray | None:
        """Return where an output marks sky, or that nothing is known."""
        if name is None or name not in self.graph.masks:
            return None
        kind = self.graph.kind
        score = box.placed(_plane(answers[name], name))
        here = score >= kind.sky_from if name == kind.sky else score < kind.valid_from
        return None if here.all() else here


def _far_and_holes(
    sky: BoolArray | None, unknown: BoolArray | None, part: bool
) -> tuple[BoolArray | None, BoolArray | None]:
    """Return what is put farthest, and what is filled from around it."""
    if unknown is None:
        return sky, None
    holes = unknown if part else enclosed(unknown, sky)
    far = unknown & ~holes if sky is None else sky | (unknown & ~holes)
    # A mask that covers everything says nothing.
    return (None, None) if far.all() else (far, holes)


def _of_shape(mask: BoolArray | None, shape: tuple[int, ...]) -> BoolArray | None:
    return mask if mask is not None and mask.shape == shape else None


def _vectors(answer: Array, box: Letterbox) -> FloatArray | None:
    """Return an output as (rows, columns, 3) of the photo, None if it is something else."""
    while answer.ndim > 3 and len(answer) == 1:
        answer = answer[0]
    if answer.ndim != 3 or 3 not in (answer.shape[0], answer.shape[-1]):
        return None
    vectors = answer if answer.shape[-1] == 3 else np.moveaxis(answer, 0, -1)
    if min(vectors.shape[:2]) < 2:
        return None
    return np.stack([box.placed(vectors[..., k].astype(np.float32)) for k in range(3)], axis=-1)


def _plane(answer: Array, name: str) -> FloatArray:
    """Return an output as (H, W): all other axes have one entry."""
    shape = answer.shape
    if answer.ndim < 2 or min(shape[-2:]) < 2 or any(length != 1 for length in shape[:-2]):
        if answer.ndim >= 3 and shape[-1] == 1 and min(shape[-3:-1]) > 1:
            return _plane(answer[..., 0], name)
        raise _no_map(name, shape)
    return np.asarray(answer, dtype=np.float32).reshape(shape[-2:])


def _no_map(name: str, shape: tuple[int, ...]) -> DepthError:
    return DepthError(
        f"The output {name!r} is {shape}, which is no depth map.",
        "Check kind=, and name the right output with Kind(…, outputs=('name',)).",
    )
