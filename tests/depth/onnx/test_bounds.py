"""Networks that would take all memory, or never end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from relief_widget import open_photo
from relief_widget.depth import DepthError, OnnxModel
from relief_widget.depth.onnx.graph import repeats
from relief_widget.depth.onnx.runtime import open_runtime, run
from tests.support.onnx_models import OPEN, Net, grey_net

PHOTO = open_photo(np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8))
PICTURE = {"pixel_values": np.zeros((1, 3, 28, 28), np.float32)}


def refused(path: Path) -> str:
    with pytest.raises(DepthError) as caught:
        OnnxModel(path, kind="depth-anything-v2")(PHOTO)
    assert caught.value.hint
    return caught.value.message


def endless(path: Path) -> Path:
    def value(name: str, kind: int, shape: Any) -> Any:
        return helper.make_tensor_value_info(name, kind, shape)

    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["on"]),
            helper.make_node("Mul", ["before", "one"], ["after"]),
        ],
        "body",
        [
            value("turn", TensorProto.INT64, []),
            value("go", TensorProto.BOOL, []),
            value("before", TensorProto.FLOAT, None),
        ],
        [value("on", TensorProto.BOOL, []), value("after", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.array(1, np.float32), "one")],
    )
    net = Net()
    grey = net.grey(net.input("pixel_values", [1, 3, *OPEN]))
    net.constants.append(numpy_helper.from_array(np.array(True), "yes"))
    net.nodes.append(helper.make_node("Loop", ["", "yes", grey], ["looped"], body=body))
    net.output(net.squeeze("looped", "predicted_depth"), 3)
    return net.save(path)


def test_an_endless_loop_is_stopped(tmp_path: Path) -> None:
    path = endless(tmp_path / "m.onnx")
    assert repeats(path)
    assert not repeats(grey_net(tmp_path / "plain.onnx"))
    started = time.monotonic()
    with pytest.raises(DepthError, match="was stopped"):
        run(open_runtime(path), ["predicted_depth"], PICTURE, limit_s=0.3)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("size", [(14_000, 14_000), (100_000, "width")])
def test_a_giant_picture_is_refused_before_it_is_made(tmp_path: Path, size: Any) -> None:
    net = Net()
    grey = net.grey(net.input("pixel_values", [1, 3, *size]))
    net.output(net.squeeze(grey, "predicted_depth"), 3)
    assert "more than can be looked at" in refused(net.save(tmp_path / "m.onnx"))


def test_an_answer_of_gigabytes_is_refused_before_it_is_made(tmp_path: Path) -> None:
    net = Net()
    grey = net.grey(net.input("pixel_values", [1, 3, *OPEN]))
    one = net.add("ReduceMean", grey, keepdims=1)
    giant = net.add("Expand", one, net.constant([1, 1, 20_000, 20_000], np.int64))
    net.output(net.squeeze(giant, "predicted_depth"), 3)
    assert "400,000,000 numbers" in refused(net.save(tmp_path / "m.onnx"))


def test_what_is_gigabytes_in_between_fails_with_a_sentence(tmp_path: Path) -> None:
    net = Net()
    grey = net.grey(net.input("pixel_values", [1, 3, *OPEN]))
    one = net.add("ReduceMean", grey, keepdims=1)
    giant = net.add("Expand", one, net.constant([1, 1, 30_000, 30_000], np.int64))
    mean = net.add("ReduceMean", giant, keepdims=1)
    net.output(net.squeeze(net.add("Add", grey, mean), "predicted_depth"), 3)
    assert "failed" in refused(net.save(tmp_path / "m.onnx"))


def test_a_wild_answer_is_an_outlier(tmp_path: Path) -> None:
    net = Net()
    grey = net.grey(net.input("pixel_values", [1, 3, 28, 28]))
    wild = np.zeros((1, 1, 28, 28), np.float32)
    wild[0, 0, 5, 5] = 1e20
    net.output(net.squeeze(net.add("Add", grey, net.constant(wild)), "predicted_depth"), 3)
    path = net.save(tmp_path / "m.onnx")
    depth_map = OnnxModel(path, kind="depth-anything-v2", detail=False)(PHOTO)
    assert np.isfinite(depth_map.values).all()
    assert depth_map.values.std() > 0.05
    assert depth_map.report is not None
    assert any("far outside" in text for text in depth_map.report.warnings)


@pytest.mark.parametrize("side", [0, -1, 10**9, 500.5, "big", None])
def test_a_side_is_checked(tmp_path: Path, side: Any) -> None:
    path = grey_net(tmp_path / "m.onnx")
    if side is None:
        OnnxModel(path, side=side)
    else:
        with pytest.raises(DepthError, match="side"):
            OnnxModel(path, side=side)
