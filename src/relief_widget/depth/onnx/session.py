"""A loaded network: what it takes, what it answers, and every way in which it can fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from relief_widget.colour import FloatArray
from relief_widget.depth.onnx.frames import Frame, frame, placed, seen
from relief_widget.depth.onnx.graph import Graph, read_graph
from relief_widget.depth.onnx.models import Kind
from relief_widget.depth.onnx.nearness import nearness, shifted
from relief_widget.depth.onnx.runtime import open_runtime, run
from relief_widget.errors import DepthError


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
        See `relief_widget.depth.onnx.frames.frame`.
    """

    runtime: Any = field(repr=False)
    graph: Graph
    side: int

    def frame(self, size: tuple[int, int]) -> Frame:
        """Return the frame of a picture of (width, height)."""
        return frame(size, self.graph.kind, self.side, self.graph.fixed)

    def see(self, picture: FloatArray) -> FloatArray:
        """Return the nearness of a picture, at the network's own resolution.

        Parameters
        ----------
        picture
            sRGB, float32 (H, W, 3) in [0, 1].

        Returns
        -------
        float32 (rows, columns), large = near, of any range; it covers the whole picture.

        Raises
        ------
        DepthError
            The network fails, or answers something that is no depth map.
        """
        place = self.frame((picture.shape[1], picture.shape[0]))
        graph = self.graph
        feed = {graph.image: self._fed(seen(picture, place)), **graph.extra}
        answers = run(self.runtime, [graph.depth, *graph.masks], feed)
        depth = self._depth(answers[graph.depth], place)
        return nearness(depth, graph.kind, self._far(answers, place, depth.shape))

    def _fed(self, picture: FloatArray) -> npt.NDArray[Any]:
        graph = self.graph
        values: npt.NDArray[Any]
        if graph.dtype is np.uint8:
            values = np.rint(picture * np.float32(255))
        else:
            mean, std = (np.array(three, np.float32) for three in (graph.kind.mean, graph.kind.std))
            values = (picture - mean) / std
        if not graph.channels_last:
            values = np.moveaxis(values, -1, 0)
        values = values[(None,) * (graph.rank - 3)]
        return np.ascontiguousarray(values, dtype=graph.dtype)

    def _depth(self, answer: npt.NDArray[Any], place: Frame) -> FloatArray:
        name = self.graph.depth
        if self.graph.kind.component is None:
            return placed(_plane(answer, name), place)
        points = (
            answer.reshape(answer.shape[-3:]) if answer.ndim == 4 and len(answer) == 1 else answer
        )
        if points.ndim != 3 or 3 not in (points.shape[0], points.shape[-1]):
            raise _no_map(name, answer.shape)
        if points.shape[-1] != 3:
            points = np.moveaxis(points, 0, -1)
        parts = [placed(points[..., k].astype(np.float32), place) for k in range(3)]
        return shifted(np.stack(parts, axis=-1), self.graph.kind.component)

    def _far(
        self, answers: dict[str, Any], place: Frame, shape: tuple[int, ...]
    ) -> npt.NDArray[np.bool_] | None:
        far = None
        kind = self.graph.kind
        for name in self.graph.masks:
            score = placed(_plane(answers[name], name), place)
            if score.shape != shape:
                continue
            here = score >= kind.sky_from if name == kind.sky else score < kind.valid_from
            far = here if far is None else far | here
        # A mask that covers everything says nothing.
        return None if far is None or far.all() else far


def load(
    path: Path, name: str, kind: Kind | None, side: int | None, providers: Sequence[Any] | None
) -> Session:
    """Load a model from a file.

    Parameters
    ----------
    path
        The file.
    name
        Of the repository or the file, from which the kind may be guessed.
    kind
        Its conventions; None: guess.
    side
        Pixels of the side that the kind names; None: the kind's own.
    providers
        Of onnxruntime; None: the processor.

    Raises
    ------
    DepthError
        onnxruntime is missing, the file is no model, or no model that maps a picture to depth.
    """
    runtime = open_runtime(path, providers)
    graph = read_graph(runtime, path, name, kind)
    return Session(runtime, graph, side or graph.kind.side)


def _plane(answer: npt.NDArray[Any], name: str) -> FloatArray:
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
