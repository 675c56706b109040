from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import huggingface_hub.constants as constants
import numpy as np
import pytest

from relief_widget import open_photo
from relief_widget.depth import DepthError, OnnxModel
from relief_widget.depth.onnx import DEFAULT_MODEL
from relief_widget.depth.onnx import hub as hub_module
from tests.hub_server import Hub, hub_server
from tests.onnx_models import grey_net

FILE = f"{DEFAULT_MODEL}/onnx/model.onnx"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    real = socket.socket.connect

    def only_loopback(self: socket.socket, address: Any) -> None:
        assert address[0] == "127.0.0.1", address
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_loopback)
    return folder


@pytest.fixture
def hub(cache: Path, tmp_path: Path) -> Iterator[Hub]:
    del cache
    path = grey_net(tmp_path / "model.onnx")
    with hub_server() as server:
        server.files[FILE] = _padded(path.read_bytes(), 4 * hub_module._PART_BYTES)
        yield server


def _padded(model: bytes, size: int) -> bytes:
    """Return a model with a long doc_string (field 6), which changes nothing else."""
    length, varint = size, b""
    while length >= 128:
        varint += bytes([length % 128 + 128])
        length //= 128
    return model + b"\x32" + varint + bytes([length]) + b" " * size


def model(hub: Hub, **options: Any) -> OnnxModel:
    return OnnxModel(endpoint=hub.url, side=84, **options)


def photo() -> Any:
    ramp = np.linspace(0, 255, 90).astype(np.uint8)
    return open_photo(np.broadcast_to(ramp[None, :, None], (60, 90, 3)), mask=False)


def kept(cache: Path) -> list[Path]:
    """Return the files that hold anything of a model."""
    return [
        path
        for path in cache.rglob("*")
        if path.is_file() and path.stat().st_size > 1000 and not path.is_symlink()
    ]


def test_it_is_fetched_once_and_then_offline(
    hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []
    first = model(hub, download_progress=lambda done, total: told.append((done, total)))
    assert not first.ready
    assert not hub.seen  # To ask whether it is here asks nobody else.
    assert first(photo()).values[30, 85] > 0.9
    size = len(hub.files[FILE])
    assert told[0] == (0, size)
    assert told[-1] == (size, size)
    assert len(told) > 3
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert first.ready
    assert len(kept(cache)) == 1
    assert hub.downloads() == [
        "/onnx-community/depth-anything-v2-small/resolve/main/onnx/model.onnx"
    ]

    def refuse(*_: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for again in (model(hub), model(hub, offline=True), OnnxModel(side=84)):
        assert again.ready
        assert again(photo()).values[30, 85] > 0.9


def test_a_bar_says_the_licence_and_the_size_first(
    hub: Hub, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del cache
    model(hub).download()
    said = capsys.readouterr().err
    assert "Depth Anything V2 Small: Apache-2.0, 99.1 MB" in said.split("\r")[1]


def silent(done: int, total: int) -> None:
    del done, total


class StopError(Exception):
    """What a user's button raises."""


@pytest.mark.parametrize("raised", [StopError, KeyboardInterrupt, OSError, TimeoutError])
@pytest.mark.parametrize("after", [0, 1])
def test_a_cancelled_download_leaves_nothing(
    hub: Hub, cache: Path, raised: type[BaseException], after: int
) -> None:
    def stop(done: int, total: int) -> None:
        if done >= after * total / 4 and (done or not after):
            raise raised("enough")

    with pytest.raises(raised, match="enough"):
        model(hub).download(stop)
    assert len(hub.downloads()) == 1
    assert not kept(cache)
    assert not model(hub).ready
    assert model(hub).download(silent).stat().st_size == len(hub.files[FILE])


def test_a_connection_that_breaks_is_taken_up_again(hub: Hub, cache: Path) -> None:
    hub.breaks = [len(hub.files[FILE]) // 2]
    told: list[tuple[int, int]] = []
    path = model(hub).download(lambda done, total: told.append((done, total)))
    assert path.read_bytes() == hub.files[FILE]
    assert len(hub.downloads()) == 2
    size = len(hub.files[FILE])
    assert told[-1] == (size, size)
    assert len(kept(cache)) == 1


def test_half_a_file_is_never_used(hub: Hub, cache: Path) -> None:
    hub.breaks, hub.statuses = [len(hub.files[FILE]) // 2], [200, 404]
    with pytest.raises(DepthError, match=r"The hub answered 404 instead of 'model.onnx'"):
        model(hub).download(silent)
    assert not kept(cache)
    assert not model(hub).ready


def test_another_storage_is_asked_over_plain_http(hub: Hub, cache: Path) -> None:
    hub.xet = True
    with pytest.raises(StopError):
        model(hub).download(_stop)
    assert not kept(cache)
    assert model(hub).download(silent).read_bytes() == hub.files[FILE]
    assert not [path for _, path in hub.seen if "xet" in path]
    assert constants.HF_HUB_DISABLE_XET is False


def _stop(done: int, total: int) -> None:
    if done > total / 3:
        raise StopError


def test_weights_beside_the_model_come_along(hub: Hub, cache: Path, tmp_path: Path) -> None:
    external: dict[str, Any] = {"save_as_external_data": True, "size_threshold": 42}
    path = grey_net(tmp_path / "m.onnx", location="m.onnx_data", **external)
    hub.files["someone/split/big/m.onnx"] = path.read_bytes()
    hub.files["someone/split/big/m.onnx_data"] = (tmp_path / "m.onnx_data").read_bytes()
    split = OnnxModel(
        "someone/split", "depth-anything-v2", file="big/m.onnx", endpoint=hub.url, side=84
    )
    assert split.notice.startswith("someone/split: licence not known")
    # Stopped between the two, it is not taken for whole.
    with pytest.raises(StopError):
        split.download(_after_the_first())
    assert not split.ready
    assert split(photo()).values[30, 85] > 0.9
    assert split.ready
    del cache


def _after_the_first() -> Any:
    finished: list[int] = []

    def progress(done: int, total: int) -> None:
        if finished:
            raise StopError
        if done == total:
            finished.append(done)

    return progress


def refused(made: OnnxModel) -> str:
    with pytest.raises(DepthError) as caught:
        made.download(silent)
    assert caught.value.message.endswith(".")
    assert caught.value.hint
    return str(caught.value)


def test_what_the_hub_does_not_have_is_said(hub: Hub, cache: Path) -> None:
    at = {"endpoint": hub.url, "kind": "depth-anything-v2"}
    assert "no model 'no/such' on the hub" in refused(OnnxModel("no/such", **at))  # type: ignore[arg-type]
    assert "no file 'onnx/model_q4.onnx'" in refused(model(hub, variant="q4"))
    assert "no revision 'v9'" in refused(model(hub, revision="v9"))
    assert "cannot be the name" in refused(OnnxModel("a--b/c", **at))  # type: ignore[arg-type]
    hub.error = (403, "GatedRepo")
    assert "accept its terms" in refused(model(hub))
    hub.error = (401, "RepoNotFound")
    assert "or it is private" in refused(model(hub))
    hub.error = (401, "")
    assert "no longer valid" in refused(model(hub))
    hub.error = (503, "")
    assert "The hub answered 503" in refused(model(hub))
    assert not kept(cache)


def test_no_network_is_said_at_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{probe.getsockname()[1]}"
    said = refused(OnnxModel(endpoint=closed))
    assert "could not be fetched from the hub" in said
    assert "Connect to the internet" in said
    assert "offline=True forbids" in refused(OnnxModel(endpoint=closed, offline=True))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE is set" in refused(OnnxModel(endpoint=closed))
    assert not kept(cache)


def test_a_full_disk_is_said_before_and_during(
    hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(hub_module, "_SPARE_BYTES", 1 << 60)
        assert "not enough room on the disk for the model 'model.onnx' (" in refused(model(hub))
    assert not hub.downloads()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    import huggingface_hub.file_download as file_download

    monkeypatch.setattr(file_download, "_chmod_and_move", full)
    assert "Free some" in refused(model(hub))
    assert not kept(cache)


def test_a_folder_that_cannot_be_written_is_said(
    hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write_text("a file is in the way")
    assert "could not be fetched" in refused(model(hub))
    cache.unlink()

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    # Whoever runs the tests may be allowed everything.
    monkeypatch.setattr("os.makedirs", denied)
    assert "no permission to write" in refused(model(hub))
