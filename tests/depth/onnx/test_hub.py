from __future__ import annotations

import dataclasses
import errno
import hashlib
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub.constants as constants
import numpy as np
import pytest
from huggingface_hub import hf_hub_download, scan_cache_dir

from relief_widget import open_photo
from relief_widget.depth import DepthError, OnnxModel
from relief_widget.depth.onnx import DEFAULT_MODEL, HUB_MODELS, HubModel, Pin
from tests.support.hub_server import COMMIT, Hub, hub_server
from tests.support.onnx_models import grey_net

FILE = f"{DEFAULT_MODEL}/onnx/model.onnx"
# So long that it comes in several parts.
SIZE = 2 << 20


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
        server.files[FILE] = _padded(path.read_bytes(), SIZE)
        yield server


def _padded(model: bytes, size: int) -> bytes:
    """Return a model with a long doc_string (field 6), which changes nothing else."""
    length, varint = size, b""
    while length >= 128:
        varint += bytes([length % 128 + 128])
        length //= 128
    return model + b"\x32" + varint + bytes([length]) + b" " * size


def described(hub: Hub, **changes: Any) -> HubModel:
    """Return the default model, with the checksum of the file that the hub of the tests has."""
    content = hub.files[FILE]
    pin = Pin(len(content), hashlib.sha256(content).hexdigest())
    facts: dict[str, Any] = {"revision": COMMIT, "pins": {"onnx/model.onnx": pin}, **changes}
    return dataclasses.replace(HUB_MODELS[DEFAULT_MODEL], **facts)


def model(hub: Hub, **options: Any) -> OnnxModel:
    return OnnxModel(described(hub), endpoint=hub.url, side=84, **options)


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
        f"/onnx-community/depth-anything-v2-small/resolve/{COMMIT}/onnx/model.onnx"
    ]

    def refuse(*_: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for again in (model(hub), model(hub, offline=True), OnnxModel(described(hub), side=84)):
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


OTHER = "fedcba9876543210fedcba9876543210fedcba98"


def test_another_file_than_the_known_one_is_not_even_fetched(hub: Hub, cache: Path) -> None:
    pinned = described(hub)
    hub.files[FILE] = hub.files[FILE].replace(b"doc", b"dOc", 1)[:-1] + b"x"
    said = refused(OnnxModel(pinned, endpoint=hub.url))
    assert "another 'model.onnx'" in said
    assert "revision='main'" in said
    # The same holds of a mirror that has something else under the name of a known model.
    hub.commits += [known.revision for known in HUB_MODELS.values() if known.revision]
    assert "another 'model.onnx'" in refused(OnnxModel(endpoint=hub.url))
    assert not hub.downloads()
    assert not kept(cache)
    # The user's own word counts more.
    taken = OnnxModel(pinned, endpoint=hub.url, revision="main", side=84)
    assert taken.download(silent).read_bytes() == hub.files[FILE]
    assert taken(photo()).values[30, 85] > 0.9


@pytest.mark.parametrize("pinned", [True, False])
@pytest.mark.parametrize("git", [True, False])
def test_what_is_not_what_the_hub_says_is_thrown_away(
    hub: Hub, cache: Path, pinned: bool, git: bool
) -> None:
    hub.git = git
    good = hub.files[FILE]
    hub.forged[FILE] = good[:-9] + b"forged..."
    made = model(hub) if pinned else OnnxModel(described(hub, pins={}), endpoint=hub.url, side=84)
    said = refused(made)
    assert "is not the model file 'model.onnx' that was announced" in said
    assert not made.ready
    assert not kept(cache)
    hub.forged.clear()
    assert made.download(silent).read_bytes() == good
    assert made(photo()).values[30, 85] > 0.9


def test_a_mirror_that_says_nothing_is_believed_once_and_then_held_to_it(
    hub: Hub, cache: Path, tmp_path: Path
) -> None:
    name = "someone/depth-anything-v2-mine"
    hub.files[f"{name}/onnx/model.onnx"] = hub.files[FILE]
    hub.silent = True

    def made() -> OnnxModel:
        return OnnxModel(name, endpoint=hub.url, side=84)

    path = made().download(silent)
    assert made()(photo()).values[30, 85] > 0.9
    content = path.resolve()
    content.write_bytes(grey_net(tmp_path / "other.onnx", blur=9).read_bytes())
    said = refused(made())
    assert "on this machine is not the one" in said
    assert not made().ready
    assert not kept(cache)
    assert made()(photo()).values[30, 85] > 0.9


def test_a_file_that_was_changed_in_the_cache_is_not_used(hub: Hub, cache: Path) -> None:
    path = model(hub).download(silent)
    content = path.resolve()
    content.write_bytes(content.read_bytes()[:-7] + b"changed")
    with pytest.raises(DepthError, match=r"not the one that it should be .* instead of"):
        model(hub, offline=True)(photo())
    assert not kept(cache)
    content = model(hub).download(silent).resolve()
    content.write_bytes(content.read_bytes()[:-7])
    with pytest.raises(DepthError, match=r"\d+ bytes instead of \d+"):
        model(hub, offline=True)(photo())
    assert model(hub)(photo()).values[30, 85] > 0.9


def test_a_file_is_read_through_once(
    hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As another program fetches it, and leaves it in the cache.
    hf_hub_download(DEFAULT_MODEL, "onnx/model.onnx", revision=COMMIT, endpoint=hub.url)
    opened: list[str] = []
    real = Path.open

    def counted(self: Path, *args: Any, **options: Any) -> Any:
        opened.append(self.name)
        return real(self, *args, **options)

    monkeypatch.setattr(Path, "open", counted)
    times = []
    for _ in range(3):
        opened.clear()
        assert model(hub, offline=True).download().is_file()
        times.append(opened.count("model.onnx"))
    # Each time for the names of its weights, and the first time for what it holds.
    assert times[0] == times[1] + 1 == times[2] + 1
    # The note is nothing that the hub's own tool stumbles over, and goes with the model.
    report = scan_cache_dir(cache)
    assert not report.warnings
    assert [repo.repo_id for repo in report.repos] == [DEFAULT_MODEL]


def test_a_content_that_caches_share_is_known_by_its_name_in_this_one(
    hub: Hub, cache: Path
) -> None:
    unpinned = described(hub, pins={})
    link = Path(
        hf_hub_download(DEFAULT_MODEL, "onnx/model.onnx", revision=COMMIT, endpoint=hub.url)
    )
    blob = link.parent / link.readlink()
    store = cache / "store"
    store.mkdir()
    shared = store / ("a" * 64)
    blob.rename(shared)
    blob.symlink_to(shared)
    assert OnnxModel(unpinned, offline=True, side=84)(photo()).values[30, 85] > 0.9
    shared.write_bytes(shared.read_bytes()[:-7] + b"changed")
    with pytest.raises(DepthError, match="not the one that it should be"):
        OnnxModel(unpinned, offline=True, side=84)(photo())
    assert not OnnxModel(unpinned).ready
    # What others may still use is theirs.
    assert shared.exists()
    assert OnnxModel(unpinned, endpoint=hub.url, side=84)(photo()).values[30, 85] > 0.9


def test_a_model_reaches_for_nothing_outside_its_folder(
    hub: Hub, cache: Path, tmp_path: Path
) -> None:
    external: dict[str, Any] = {"save_as_external_data": True, "size_threshold": 42}
    path = grey_net(tmp_path / "m.onnx", location="m.onnx_data", **external)
    name = "someone/depth-anything-v2-sly"
    content = path.read_bytes().replace(b"m.onnx_data", b"../m.onnx_d")
    hub.files[f"{name}/onnx/model.onnx"] = content
    hub.files[f"{name}/m.onnx_d"] = (tmp_path / "m.onnx_data").read_bytes()
    assert "not in its own folder" in refused(OnnxModel(name, endpoint=hub.url))
    assert not OnnxModel(name, endpoint=hub.url).ready
    assert not [path for path in cache.rglob("*") if "m.onnx_d" in path.name]


def test_a_commit_may_be_given_by_its_beginning(
    hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del cache
    hub.commits = [OTHER, COMMIT]
    made = OnnxModel(described(hub, revision=COMMIT[:8]), endpoint=hub.url, side=84)
    assert COMMIT in made.download(silent).parts
    assert made.ready
    by_hand = OnnxModel(described(hub), endpoint=hub.url, side=84, revision=OTHER[:7])
    assert OTHER in by_hand.download(silent).parts
    assert "no revision 'abcdef0'" in refused(model(hub, revision="abcdef0"))

    def refuse(*_: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert made(photo()).values[30, 85] > 0.9
    assert by_hand(photo()).values[30, 85] > 0.9


def test_a_large_download_is_chosen_and_does_not_happen(hub: Hub, cache: Path) -> None:
    large = described(hub, label="Large", megabytes={"fp32": 3800, "q4": 746.1})
    made = OnnxModel(large, endpoint=hub.url, side=84)
    assert "Large: Apache-2.0, 3.8 GB" in made.notice
    said = refused(made)
    assert "Large is 3.8 GB to fetch" in said
    assert "fp32 (3.8 GB)" in said
    assert "q4 (746.1 MB)" in said
    assert not hub.seen
    chosen = OnnxModel(large, endpoint=hub.url, side=84, variant="fp32")
    assert chosen.download(silent).is_file()
    # What is here is used without asking.
    assert made(photo()).values[30, 85] > 0.9
    # Of a model that is not known, the hub says the size, before any of it is sent.
    name = "someone/depth-anything-v2-huge"
    hub.files[f"{name}/onnx/model.onnx"] = hub.files[FILE]
    hub.claimed = 2_100_000_000
    before = len(hub.downloads())
    assert "is 2.1 GB to fetch" in refused(OnnxModel(name, endpoint=hub.url))
    assert len(hub.downloads()) == before
    del cache


def test_the_known_models_are_described_in_full() -> None:
    for name, known in HUB_MODELS.items():
        made = OnnxModel(name)
        assert made.megabytes, name
        assert set(known.megabytes) <= set(known.files)
        assert known.revision is None or re.fullmatch("[0-9a-f]{40}", known.revision), name
        for pin in known.pins.values():
            assert re.fullmatch("[0-9a-f]{64}", pin.sha256), name
        whole = sum(pin.size for pin in known.pins.values()) / 1e6
        if len(known.files) == 1 and known.pins:
            assert abs(whole - known.megabytes["fp32"]) < 0.1, name
    assert OnnxModel("onnx-community/DepthPro-ONNX").megabytes == 600.3
    assert "3.8 GB" in OnnxModel("onnx-community/DepthPro-ONNX", variant="fp32").notice


def test_no_network_is_said_at_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{probe.getsockname()[1]}"
    said = refused(OnnxModel(endpoint=closed))
    assert "could not be fetched from the hub" in said
    assert "Errno" not in said
    assert "Connect to the internet" in said
    assert "offline=True forbids" in refused(OnnxModel(endpoint=closed, offline=True))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE is set" in refused(OnnxModel(endpoint=closed))
    assert not kept(cache)


def test_a_full_disk_is_said_before_and_during(
    hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = SimpleNamespace(free=SIZE)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: free)
        assert "not enough room on the disk for the model 'model.onnx' (" in refused(model(hub))
    assert not hub.downloads()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    # The last step of a download, from its temporary name to its own.
    monkeypatch.setattr(shutil, "move", full)
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
