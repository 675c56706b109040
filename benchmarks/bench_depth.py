"""Time and weigh the way from a photo to its depth map, against others, in one run.

``python benchmarks/bench_depth.py [--quick]`` prints tables for photos of 1024 and 4000 pixels:

- the built-in estimator: its first look at a photo, and a look with another mask, for which the
  network's answer is at hand;
- the estimator that it had before there was a network in it (commit b34cdb5; needs the history);
- a network of the architecture of Depth Anything V2 Small on the same onnxruntime: the network
  alone, between shrinking the photo and enlarging its answer. Its weights are random, for time and
  memory are those of any weights; its depth means nothing.

Each is a process of its own, all in turn; a time is the median of the rounds, a ratio the median of
the ratios of each round. Peaks are those of whole processes, with Python and the photo.
"""

from __future__ import annotations

import io
import json
import math
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from relief_widget import example_photos

ROOT = Path(__file__).resolve().parent.parent
BEFORE = "b34cdb5"
SIDES = (1024, 4000)
ROUNDS, RUNS = 5, 3

# Depth Anything V2 Small (L. Yang et al. 2024): ViT-S/14 and a DPT head.
PATCH, SHORTER = 14, 518
WIDTH, BLOCKS, HEADS = 384, 12, 6
TAPPED = (2, 5, 8, 11)
FEATURES, CHANNELS = 64, (48, 96, 192, 384)

CHILD = """
import json, re, sys, time
from pathlib import Path
import numpy as np
from relief_widget import open_photo

path, runs, model = sys.argv[1], int(sys.argv[2]), sys.argv[3]
opened = open_photo(path)
rows, cols = opened.pixels.shape[:2]


def fresh(number):
    pixels = opened.pixels.copy()
    pixels[0, 0] = number
    return open_photo(pixels)


def subject(number):
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : cols * 1j]
    return np.hypot(x - 0.1 * number / runs, y) < 0.7


def network():
    from PIL import Image
    from relief_widget.image.colour import resize
    from relief_widget.depth.onnx.runtime import open_runtime, run

    session = open_runtime(Path(model))
    height, width = session.get_inputs()[0].shape[2:]

    def look(photo):
        small = photo.srgb(2 * max(width, height))
        small = resize(small, (width, height), Image.Resampling.BICUBIC)
        picture = np.ascontiguousarray(((small - 0.45) / 0.225).transpose(2, 0, 1)[None])
        depth = run(session, ("depth",), {"image": picture})["depth"][0, 0]
        assert np.isfinite(depth).all() and depth.std() > 0
        scale = min(1, 2048 / max(rows, cols))
        size = round(cols * scale), round(rows * scale)
        return resize(depth, size, Image.Resampling.BICUBIC)

    return look


if model:
    look = network()
else:
    from relief_widget.depth import BuiltIn

    look = BuiltIn()
first, again = [], []
for number in range(runs + 1):
    photo = fresh(number)
    start = time.perf_counter()
    look(photo)
    first.append(time.perf_counter() - start)
    if model:
        continue
    photo = photo.with_mask(subject(number))
    start = time.perf_counter()
    look(photo)
    again.append(time.perf_counter() - start)
status = Path("/proc/self/status").read_text()
peak = int(re.search("VmHWM:\\\\s+(\\\\d+)", status)[1]) * 1024 / 1e6
print(json.dumps({"cold": first[0], "first": first[1:], "again": again[1:], "peak": peak}))
"""


class Graph:
    """Nodes and random weights of an ONNX graph, as they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.parameters = 0
        self._random = np.random.default_rng(0)

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node, and return the name of its output."""
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, values: Any, kind: type[np.generic] = np.float32) -> str:
        """Add an array."""
        name = f"constant_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values, dtype=kind), name))
        return name

    def weight(self, *shape: int, fan_in: int) -> str:
        """Add weights that keep the size of what they are multiplied with."""
        self.parameters += math.prod(shape)
        return self.constant(self._random.standard_normal(shape) / math.sqrt(fan_in))

    def linear(self, x: str, inputs: int, outputs: int) -> str:
        """Add a fully connected layer."""
        product = self.add("MatMul", x, self.weight(inputs, outputs, fan_in=inputs))
        return self.add("Add", product, self.weight(outputs, fan_in=100))

    def norm(self, x: str) -> str:
        """Add a normalisation of the tokens."""
        self.parameters += 2 * WIDTH
        ones, zeros = self.constant(np.ones(WIDTH)), self.constant(np.zeros(WIDTH))
        return self.add("LayerNormalization", x, ones, zeros, axis=-1, epsilon=1e-6)

    def scaled(self, x: str) -> str:
        """Add a scale for each channel of the tokens."""
        self.parameters += WIDTH
        return self.add("Mul", x, self.constant(np.full(WIDTH, 0.5)))

    def conv(
        self, x: str, inputs: int, outputs: int, side: int, *, stride: int = 1, bias: bool = True
    ) -> str:
        """Add a convolution."""
        kernel = self.weight(outputs, inputs, side, side, fan_in=inputs * side * side)
        biases = (self.weight(outputs, fan_in=100),) if bias else ()
        pad = 0 if stride == side else side // 2
        return self.add("Conv", x, kernel, *biases, strides=[stride] * 2, pads=[pad] * 4)

    def grown(self, x: str, channels: int, stride: int) -> str:
        """Add a transposed convolution that enlarges by its stride."""
        kernel = self.weight(channels, channels, stride, stride, fan_in=channels)
        bias = self.weight(channels, fan_in=100)
        return self.add("ConvTranspose", x, kernel, bias, strides=[stride] * 2)

    def resized(self, x: str, channels: int, rows: int, cols: int) -> str:
        """Add bilinear resizing."""
        size = self.constant([1, channels, rows, cols], np.int64)
        return self.add(
            "Resize",
            *(x, "", "", size),
            mode="linear",
            coordinate_transformation_mode="align_corners",
        )


def tokens_of(graph: Graph, rows: int, cols: int) -> list[str]:
    """Add ViT-S/14; return the tokens of the blocks that the head reads."""
    count = rows * cols
    x = graph.conv("image", 3, WIDTH, PATCH, stride=PATCH)
    x = graph.add("Reshape", x, graph.constant([1, WIDTH, count], np.int64))
    x = graph.add("Transpose", x, perm=[0, 2, 1])
    x = graph.add("Concat", graph.weight(1, 1, WIDTH, fan_in=1), x, axis=1)
    x = graph.add("Add", x, graph.weight(1, count + 1, WIDTH, fan_in=1))
    heads = graph.constant([1, count + 1, 3, HEADS, WIDTH // HEADS], np.int64)
    joined = graph.constant([1, count + 1, WIDTH], np.int64)
    scale = graph.constant((WIDTH // HEADS) ** -0.5)
    thirds = [graph.constant(index, np.int64) for index in range(3)]
    tapped = []
    for block in range(BLOCKS):
        split = graph.add("Reshape", graph.linear(graph.norm(x), WIDTH, 3 * WIDTH), heads)
        split = graph.add("Transpose", split, perm=[2, 0, 3, 1, 4])
        query, key, value = (graph.add("Gather", split, third, axis=0) for third in thirds)
        query = graph.add("Mul", query, scale)
        key = graph.add("Transpose", key, perm=[0, 1, 3, 2])
        attention = graph.add("Softmax", graph.add("MatMul", query, key), axis=-1)
        y = graph.add("Transpose", graph.add("MatMul", attention, value), perm=[0, 2, 1, 3])
        y = graph.linear(graph.add("Reshape", y, joined), WIDTH, WIDTH)
        x = graph.add("Add", x, graph.scaled(y))
        y = graph.add("Gelu", graph.linear(graph.norm(x), WIDTH, 4 * WIDTH))
        x = graph.add("Add", x, graph.scaled(graph.linear(y, 4 * WIDTH, WIDTH)))
        if block in TAPPED:
            tapped.append(graph.norm(x))
    return tapped


def unit(graph: Graph, x: str) -> str:
    """Add a residual unit of the head."""
    y = graph.conv(graph.add("Relu", x), FEATURES, FEATURES, 3)
    y = graph.conv(graph.add("Relu", y), FEATURES, FEATURES, 3)
    return graph.add("Add", x, y)


def head(graph: Graph, tapped: list[str], rows: int, cols: int) -> str:
    """Add the DPT head; return its depth."""
    first, last = graph.constant([1], np.int64), graph.constant([1 + rows * cols], np.int64)
    axis = graph.constant([1], np.int64)
    plane = graph.constant([1, WIDTH, rows, cols], np.int64)
    levels = []
    for tokens, channels, factor in zip(tapped, CHANNELS, (4, 2, 1, 0.5), strict=True):
        x = graph.add("Slice", tokens, first, last, axis)
        x = graph.add("Reshape", graph.add("Transpose", x, perm=[0, 2, 1]), plane)
        x = graph.conv(x, WIDTH, channels, 1)
        if factor > 1:
            x = graph.grown(x, channels, int(factor))
        elif factor < 1:
            x = graph.conv(x, channels, channels, 3, stride=2)
        levels.append(graph.conv(x, channels, FEATURES, 3, bias=False))
    sizes = [(8 * rows, 8 * cols), (4 * rows, 4 * cols), (2 * rows, 2 * cols), (rows, cols)]
    path = ""
    for level, (high, wide) in zip(reversed(levels), reversed(sizes), strict=True):
        x = graph.add("Add", path, unit(graph, level)) if path else level
        x = graph.resized(unit(graph, x), FEATURES, high, wide)
        path = graph.conv(x, FEATURES, FEATURES, 1)
    x = graph.conv(path, FEATURES, FEATURES // 2, 3)
    x = graph.resized(x, FEATURES // 2, PATCH * rows, PATCH * cols)
    x = graph.add("Relu", graph.conv(x, FEATURES // 2, 32, 3))
    return graph.add("Relu", graph.conv(x, 32, 1, 1))


def write_network(path: Path, size: tuple[int, int]) -> str:
    """Write the network for photos of a size; return what it is."""
    scale = SHORTER / min(size)
    cols, rows = (round(length * scale / PATCH) for length in size)
    graph = Graph()
    depth = head(graph, tokens_of(graph, rows, cols), rows, cols)
    # Not quite flat, whatever the weights.
    mean = graph.add("ReduceMean", "image", graph.constant([1], np.int64), keepdims=1)
    graph.nodes.append(helper.make_node("Add", [depth, mean], ["depth"]))
    high, wide = PATCH * rows, PATCH * cols
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "random",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, high, wide])],
            [helper.make_tensor_value_info("depth", TensorProto.FLOAT, [1, 1, high, wide])],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=10,
    )
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))
    return f"{graph.parameters / 1e6:.1f} M parameters, sees {wide} × {high} pixels"


def source_before(folder: Path) -> Path | None:
    """Unpack the package as it was before; None where there is no history."""
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", BEFORE, "src"], capture_output=True, check=False
    )
    if archive.returncode:
        return None
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(folder, filter="data")
    return folder / "src"


def measure(photo: Path, source: Path | None, model: Path | None, runs: int) -> dict[str, Any]:
    """Look at a photo in a process of its own: the seconds of each look, and its peak in MB."""
    environment = dict(os.environ)
    if source is not None:
        environment["PYTHONPATH"] = str(source)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(photo), str(runs), str(model or "")],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def compare(photo: Path, before: Path | None, model: Path, rounds: int, runs: int) -> None:
    """Print the table of one photo."""
    ways: dict[str, tuple[Path | None, Path | None]] = {"relief_widget": (None, None)}
    if before is not None:
        ways[f"before the network ({BEFORE})"] = (before, None)
    ways["Depth Anything V2 Small's architecture, random"] = (None, model)
    taken: dict[str, list[dict[str, Any]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (source, network) in ways.items():
            taken[name].append(measure(photo, source, network, runs))
    ours = taken["relief_widget"]
    print("| | seconds | times relief_widget | another mask: s | times | first of all: s | MB |")
    print("|" + "---|" * 7)
    for name, results in taken.items():
        cells = []
        for look in ("first", "again"):
            if not results[0][look]:
                cells += ["", ""]
                continue
            seconds = [float(np.median(result[look])) for result in results]
            unit = [float(np.median(result[look])) for result in ours]
            ratio = float(np.median(np.divide(seconds, unit)))
            cells += [f"{np.median(seconds):.2f}", f"{ratio:.1f}"]
        cold = np.median([result["cold"] for result in results])
        peak = np.median([result["peak"] for result in results])
        print(f"| {name} | {' | '.join(cells)} | {cold:.2f} | {peak:.0f} |", flush=True)


def main() -> None:
    """Print everything."""
    rounds, runs = (1, 1) if "--quick" in sys.argv else (ROUNDS, RUNS)
    with TemporaryDirectory() as name:
        folder = Path(name)
        before = source_before(folder)
        if before is None:
            print(f"No commit {BEFORE} here: the estimator before is left out.")
        for side in SIDES:
            with Image.open(example_photos()["hopper"]) as opened:
                scale = side / max(opened.size)
                size = round(opened.width * scale), round(opened.height * scale)
                photo, model = folder / f"{side}.png", folder / f"{side}.onnx"
                opened.convert("RGB").resize(size, Image.Resampling.BICUBIC).save(photo)
            what = write_network(model, size)
            print(f"\nA photo of {size[0]} × {size[1]} pixels; random network: {what}\n")
            compare(photo, before, model, rounds, runs)


if __name__ == "__main__":
    main()
