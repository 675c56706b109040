"""Tiny networks whose answer is a known function of the picture, so that the truth is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

MEAN = np.array([0.485, 0.456, 0.406], np.float32).reshape(1, 3, 1, 1)
STD = np.array([0.229, 0.224, 0.225], np.float32).reshape(1, 3, 1, 1)

Sizes = Sequence[int | str]
OPEN: Sizes = ("height", "width")


class Net:
    """A graph under construction; `nodes` are added by name."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []

    def constant(self, values: npt.ArrayLike, dtype: type[np.generic] = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def add(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        name = name or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def input(self, name: str, shape: Sizes, kind: int = TensorProto.FLOAT) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, name: str, rank: int, kind: int = TensorProto.FLOAT) -> str:
        shape = [f"{name}_{axis}" for axis in range(rank)]
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def grey(self, image: str, *, normalised: bool = True) -> str:
        """Return the mean of the colours, (1, 1, H, W), from what the network is fed."""
        if normalised:
            image = self.add("Mul", image, self.constant(STD))
            image = self.add("Add", image, self.constant(MEAN))
        return self.add("ReduceMean", image, axes=[1], keepdims=1)

    def squeeze(self, values: str, name: str) -> str:
        return self.add("Squeeze", values, self.constant([1], np.int64), name=name)

    def save(self, path: Path, **options: Any) -> Path:
        graph = helper.make_graph(self.nodes, "g", self.inputs, self.outputs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
        onnx.checker.check_model(model)
        onnx.save_model(model, str(path), **options)
        return path


def grey_net(
    path: Path,
    size: Sizes = OPEN,
    *,
    distance: bool = False,
    half: bool = False,
    blur: int = 0,
    ambiguous: bool = False,
    bias: float = 0.0,
    rank: int = 4,
    output: str = "predicted_depth",
    **options: Any,
) -> Path:
    """Save a network whose nearness is the mean of the colours.

    `distance`: it answers 1 / (grey + 0.1); `half`: in half precision; `blur`: it sees no finer
    than a box of so many pixels; `ambiguous`: mean and deviation of each picture are lost, as a
    scale and a shift; `bias`: it adds so much of a bowl to whatever it sees; `rank` 5: it takes
    views.
    """
    net = Net()
    kind = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    leading: Sizes = ("batch", "views")[: rank - 3]
    image = net.input("pixel_values", [*leading, 3, *size], kind)
    if half:
        image = net.add("Cast", image, to=TensorProto.FLOAT)
    if rank == 5:
        image = net.add("Squeeze", image, net.constant([1], np.int64))
    values = net.grey(image)
    if blur:
        reach = blur // 2
        values = net.add(
            "AveragePool",
            net.add("Pad", values, net.constant([0, 0, reach, reach] * 2, np.int64), mode="edge"),
            kernel_shape=[blur, blur],
        )
    if ambiguous:
        values = net.add("InstanceNormalization", values, net.constant([3.0]), net.constant([7.0]))
    if bias:
        rows, cols = (int(length) for length in size)
        down, across = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : cols * 1j]
        values = net.add("Add", values, net.constant([[bias * (down**2 + across)]]))
    if distance:
        values = net.add("Reciprocal", net.add("Add", values, net.constant(0.1)))
    if half:
        values = net.add("Cast", values, to=TensorProto.FLOAT16)
    net.output(net.squeeze(values, output), 3, kind)
    return net.save(path, **options)


def place_net(path: Path, size: tuple[int, int], *, coarse: int = 1) -> Path:
    """Save a network of a fixed size that answers the column, 0 to 1, whatever it sees.

    `coarse`: its answer has so many times fewer pixels.
    """
    rows, cols = size[0] // coarse, size[1] // coarse
    net = Net()
    image = net.input("pixel_values", [1, 3, *size])
    nothing = net.add("Mul", net.add("ReduceMean", image, keepdims=1), net.constant(0.0))
    columns = np.broadcast_to((np.arange(cols) + 0.5) / cols, (1, 1, rows, cols))
    values = net.add("Add", nothing, net.constant(columns))
    net.output(net.squeeze(values, "predicted_depth"), 3)
    return net.save(path)


def answer_net(path: Path, answer: npt.ArrayLike, *, output: str = "predicted_depth") -> Path:
    """Save a network that answers the same whatever it sees."""
    values = np.asarray(answer, np.float32)
    net = Net()
    image = net.input("pixel_values", [1, 3, *OPEN])
    nothing = net.add("Mul", net.add("ReduceMean", image, keepdims=0), net.constant(0.0))
    net.output(net.add("Add", nothing, net.constant(values), name=output), values.ndim)
    return net.save(path)


def answers_net(
    path: Path, answers: Mapping[str, npt.ArrayLike], *, image: str = "image", tokens: str = ""
) -> Path:
    """Save a network that gives the same answers whatever it sees.

    `tokens`: it takes num_tokens too, and shows their share of 3600 in the first rows of that
    output.
    """
    net = Net()
    picture = net.input(image, [1, 3, *OPEN])
    nothing = net.add("Mul", net.add("ReduceMean", picture, keepdims=0), net.constant(0.0))
    for name, answer in answers.items():
        values = np.asarray(answer, np.float32)
        shown = net.add("Add", nothing, net.constant(values))
        if name == tokens:
            count = net.input("num_tokens", [], TensorProto.INT64)
            share = net.add(
                "Div", net.add("Cast", count, to=TensorProto.FLOAT), net.constant(3600.0)
            )
            place = np.zeros(values.shape, bool)
            place[..., : values.shape[-2] // 4, :] = True
            shown = net.add("Where", net.constant(place, np.bool_), share, shown)
        net.output(net.add("Identity", shown, name=name), values.ndim)
    return net.save(path)


def sky_net(path: Path) -> Path:
    """Save a network like Depth Anything 3: distance, confidence, and sky where it is white."""
    net = Net()
    grey = net.grey(net.input("image", ["batch", 3, *OPEN]))
    depth = net.add("Reciprocal", net.add("Add", grey, net.constant(0.1)))
    net.output(net.add("Identity", depth, name="depth"), 4)
    net.output(net.add("Identity", grey, name="confidence"), 4)
    white = net.add("Greater", grey, net.constant(0.95))
    net.output(net.add("Cast", white, to=TensorProto.FLOAT, name="sky"), 4)
    return net.save(path)


def points_net(
    path: Path, size: tuple[int, int], *, focal: float, shift: float, scalar: bool = True
) -> Path:
    """Save a network like MoGe-2: points at distance 1 / (grey + 0.1), their z less `shift`.

    `focal` in halves of the diagonal. The second output tells which num_tokens it was given.
    """
    rows, cols = size
    diagonal = np.hypot(rows, cols)
    u = np.broadcast_to((2 * np.arange(cols) + 1 - cols) / diagonal, size)
    v = np.broadcast_to(((2 * np.arange(rows) + 1 - rows) / diagonal)[:, None], size)
    rays = np.stack([u / focal, v / focal, np.ones(size)])[None]
    net = Net()
    image = net.input("image", [1, 3, *size])
    tokens = net.input("num_tokens", [] if scalar else [1], TensorProto.INT64)
    grey = net.grey(image, normalised=False)
    distance = net.add("Reciprocal", net.add("Add", grey, net.constant(0.1)))
    points = net.add("Mul", distance, net.constant(rays))
    points = net.add("Sub", points, net.constant(np.array([0, 0, shift]).reshape(1, 3, 1, 1)))
    net.output(net.add("Transpose", points, perm=[0, 2, 3, 1], name="points"), 4)
    known = net.add("Less", grey, net.constant(0.95))
    mask = net.add("Cast", known, to=TensorProto.FLOAT)
    net.output(net.squeeze(mask, "mask"), 3)
    # Anything but a sensible number of tokens spoils the scale.
    tokens = net.add("Cast", tokens, to=TensorProto.FLOAT)
    net.output(net.add("Reshape", tokens, net.constant([1], np.int64), name="metric_scale"), 1)
    return net.save(path)
