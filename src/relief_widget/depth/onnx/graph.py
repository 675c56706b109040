"""What a model takes and what it answers, read from the model itself."""

from __future__ import annotations

import math
import mmap
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from relief_widget.arrays import Array
from relief_widget.depth.onnx.models import KINDS, Kind, guess_kind, refuse_several
from relief_widget.errors import DepthError

_DTYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
}
_PICTURES = ("tensor(float)", "tensor(float16)", "tensor(double)", "tensor(uint8)")

_TOKENS = "num_tokens"
# Of the picture that a network takes, and of all the numbers of an output: more is no depth
# network's, and would fill the memory. Of a further input, which is a number or a few.
_MOST_PIXELS, _MOST_NUMBERS, _MOST_EXTRA = 2048**2, 50_000_000, 1_000_000
# How a protobuf says that a node repeats others: NodeProto.op_type.
_REPEATS = re.compile(rb"\x22\x04(?:Loop|Scan)")

# How a protobuf says in which file beside the model its weights are: StringStringEntryProto.
_BESIDE = re.compile(rb"\x0a\x08location\x12([\x01-\x7f])")


def companions(path: Path) -> set[str]:
    """Return the names of the files with weights that a model needs beside itself."""
    names = set()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for match in _BESIDE.finditer(data):
            name = data[match.end() : match.end() + match[1][0]]
            names.add(name.decode("utf-8", "replace"))
    return names


def repeats(path: Path) -> bool:
    """Whether a model has loops in it."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _REPEATS.search(data) is not None


@dataclass(frozen=True)
class Graph:
    """The inputs and outputs of a model.

    Attributes
    ----------
    kind
        Its conventions.
    image, dtype, rank, channels_last
        Name, type, number of axes and order of the input for the picture.
    fixed
        (width, height) that the model insists on, None where it is open.
    depth, masks, normals
        Names of the outputs to read; the last is None where there are no normals.
    extra
        What the other inputs are given.
    tokens
        Name of the input for the number of patches, None where there is none to choose.
    loops
        There are loops in it, which may never end.
    """

    kind: Kind
    image: str
    dtype: type[np.generic]
    rank: int
    channels_last: bool
    fixed: tuple[int | None, int | None]
    depth: str
    masks: tuple[str, ...]
    extra: dict[str, Array]
    normals: str | None = None
    tokens: str | None = None
    loops: bool = False


def read_graph(runtime: Any, path: Path, name: str, kind: Kind | None) -> Graph:
    """Tell how to use a model.

    Parameters
    ----------
    runtime
        onnxruntime's session.
    path
        Of the file, for the errors.
    name
        Of the repository or the file, from which the kind may be guessed.
    kind
        Its conventions; None: guess.

    Raises
    ------
    DepthError
        It is not clear, or the model does not map a picture to depth.
    """
    inputs = {node.name: node for node in runtime.get_inputs()}
    outputs = {node.name: node for node in runtime.get_outputs()}
    if kind is None:
        refuse_several(f"{path.parent.name}/{name}")
        kind = guess_kind(name, inputs.keys(), outputs.keys())
    if kind is None:
        raise DepthError(
            f"{path.name!r} does not tell which kind of depth model it is.",
            f"Say so with kind=: {', '.join(KINDS)}, or a Kind of your own.",
        )
    image = _image_input(inputs, kind, path)
    shape = list(image.shape)
    sizes = [length if isinstance(length, int) and length > 0 else None for length in shape]
    channels_last = sizes[-1] == 3 and sizes[-3] != 3
    channels = sizes[-1] if channels_last else sizes[-3]
    batch = [length for length in sizes[:-3] if length not in (None, 1)]
    if channels not in (None, 3) or batch:
        raise DepthError(
            f"The model takes {shape}, not one picture of three colours.",
            "Export it for a batch of 1 and RGB.",
        )
    rows, cols = sizes[-3:-1] if channels_last else sizes[-2:]
    if (rows or 1) * (cols or 1) > _MOST_PIXELS or max(rows or 0, cols or 0) > _MOST_PIXELS // 64:
        raise DepthError(
            f"The model takes pictures of {cols or 'any'} × {rows or 'any'} pixels, more than can "
            "be looked at here.",
            "Export it for 2048 × 2048 pixels at most; 518 to 1024 are usual.",
        )
    masks = tuple(mask for mask in (kind.sky, kind.valid) if mask is not None and mask in outputs)
    depth = _depth_output(outputs, kind)
    normals = next((name for name in kind.normals if name in outputs), None)
    for output in filter(None, (depth, normals, *masks)):
        known = [length for length in outputs[output].shape if isinstance(length, int)]
        if math.prod(known) > _MOST_NUMBERS:
            raise DepthError(
                f"The model's output {output!r} has {math.prod(known):,} numbers, more than can be "
                "used.",
                "Use another model, or export it for smaller pictures.",
            )
    counts = kind.tokens is not None and _TOKENS not in kind.extra
    return Graph(
        kind=kind,
        image=image.name,
        dtype=_DTYPES[image.type],
        rank=len(shape),
        channels_last=channels_last,
        fixed=(cols, rows),
        depth=depth,
        extra=_extra(inputs, image.name, kind),
        masks=masks,
        normals=normals,
        tokens=_TOKENS if _TOKENS in inputs and counts else None,
        loops=repeats(path),
    )


def _image_input(inputs: dict[str, Any], kind: Kind, path: Path) -> Any:
    fit = [node for node in inputs.values() if len(node.shape) in (4, 5) and node.type in _PICTURES]
    named = [node for node in fit if node.name == kind.image]
    if named or len(fit) == 1:
        return (named or fit)[0]
    found = ", ".join(f"{node.name} {node.shape}" for node in inputs.values()) or "nothing"
    raise DepthError(
        f"{path.name!r} does not take one picture; its inputs are {found}.",
        "Give a depth model that takes a photo as (1, 3, height, width), and name the input with "
        "Kind(image=…) where there are several.",
    )


def _depth_output(outputs: dict[str, Any], kind: Kind) -> str:
    for name in kind.outputs:
        if name in outputs:
            return name
    ranks = (3, 4) if kind.component is not None else (2, 3, 4, 5)
    fit = [
        node.name
        for node in outputs.values()
        if len(node.shape) in ranks and node.name not in (kind.sky, kind.valid, *kind.normals)
    ]
    if len(fit) == 1:
        return str(fit[0])
    found = ", ".join(f"{node.name} {node.shape}" for node in outputs.values()) or "nothing"
    raise DepthError(
        f"It is not clear which output is the depth; the model has {found}.",
        "Name it with kind=Kind(…, outputs=('name',)).",
    )


def _extra(inputs: dict[str, Any], image: str, kind: Kind) -> dict[str, Array]:
    feed: dict[str, Array] = {}
    for name, node in inputs.items():
        if name == image:
            continue
        value = kind.extra.get(name)
        if name == _TOKENS and value is None and kind.tokens is not None:
            value = kind.tokens[-1]
        if value is None or node.type not in _DTYPES:
            raise DepthError(
                f"The model wants an input {name!r} that is not known.",
                f"Give it with kind=Kind(…, extra={{{name!r}: …}}).",
            )
        shape = [length if isinstance(length, int) else 1 for length in node.shape]
        if math.prod(shape) > _MOST_EXTRA:
            raise DepthError(
                f"The model wants an input {name!r} of {math.prod(shape):,} numbers.",
                "Use another model: depth networks take a picture, and a number or two.",
            )
        feed[name] = np.full(shape, value, dtype=_DTYPES[node.type])
    return feed
