"""The command line with a depth provider that costs money."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from relief_widget import example_photos
from relief_widget.cli import main
from tests.support import gemini_server as server
from tests.support.gemini_server import Service, answer, blob, encoded, error, gemini_server, says
from tests.support.onnx_models import grey_net

KEY = "AIzaSyTestOnly-from-the-environment"
PHOTO = example_photos()["cat"]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("RELIEF_WIDGET_CACHE", str(tmp_path / "answers"))
    with gemini_server() as made:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", made.url)
        picture = Image.radial_gradient("L").resize((1200, 896))
        made.play(says(answer(blob(encoded(picture)), usage={"promptTokenCount": 1000})))
        yield made


def test_a_photo_becomes_a_part_through_gemini(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = "--provider gemini --model nano-banana-pro --size 4K --subject cat --mesh-quality 128"
    target = tmp_path / "out.stl"
    assert main(["make", str(PHOTO), str(target), *flags.split()]) == 0
    (seen,) = service.seen
    assert seen.path.endswith("/gemini-3-pro-image:generateContent")
    assert seen.body["generationConfig"]["imageConfig"]["imageSize"] == "4K"
    assert "The subject is cat." in seen.words
    said = capsys.readouterr()
    assert "Nano Banana Pro 4K: about $0.27" in said.err
    assert "The depth map cost" in said.out
    assert "in this session" in said.out
    assert KEY not in said.out + said.err
    mesh = trimesh.load_mesh(target)
    assert mesh.is_watertight
    # The same again costs nothing; --fresh asks again.
    assert main(["make", str(PHOTO), str(target), *flags.split()]) == 0
    assert len(service.seen) == 1
    assert "nothing, kept from before" in capsys.readouterr().out
    assert main(["make", str(PHOTO), str(target), *flags.split(), "--fresh", "-q"]) == 0
    assert len(service.seen) == 2
    said = capsys.readouterr()
    assert said.out + said.err == ""


def test_a_fault_is_one_sentence_and_nothing_is_written(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.play(error(400, "FAILED_PRECONDITION", "User location is not supported"))
    target = tmp_path / "out.stl"
    assert main(["make", str(PHOTO), str(target), "--provider", "gemini"]) == 2
    said = capsys.readouterr().err
    assert "at your location" in said
    assert KEY not in said
    assert not target.exists()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--model", "nano-banana-pro"], "--model does not go with --provider builtin"),
        (["--provider", "luminance", "--size", "4K"], "--size does not go with"),
        (["--provider", "gemini", "--size", "3K"], "no pictures of size '3K'"),
        (["--provider", "gemini", "--model", "nano-bananas"], "Did you mean"),
    ],
)
def test_flags_that_do_not_fit_are_a_sentence(
    service: Service,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    flags: list[str],
    words: str,
) -> None:
    assert main(["make", str(PHOTO), str(tmp_path / "out.stl"), *flags]) == 2
    assert words in capsys.readouterr().err
    assert not service.seen


def test_the_cache_can_be_seen_and_emptied(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cache"]) == 0
    assert capsys.readouterr().out.startswith("0 answers, 0.0 MB")
    main(["make", str(PHOTO), str(tmp_path / "out.stl"), "--provider", "gemini", "-q"])
    main(["cache"])
    said = capsys.readouterr().out
    assert said.startswith("1 answer,")
    assert str(tmp_path / "answers") in said
    stranger = tmp_path / "answers" / "letter.txt"
    stranger.write_text("not ours")
    assert main(["cache", "--clear"]) == 0
    assert capsys.readouterr().out == "Removed: 1 answer.\n"
    assert list((tmp_path / "answers").iterdir()) == [stranger]
    assert len(service.seen) == 1


def test_a_person_is_asked_for_the_key_and_can_stop(service: Service, tmp_path: Path) -> None:
    """In a real terminal: the key is typed unseen, the wait is shown, Ctrl-C ends it."""
    service.play(server.waits)
    environment = {key: value for key, value in os.environ.items() if key != "GEMINI_API_KEY"}
    target = tmp_path / "out.stl"
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "relief_widget", "make", str(PHOTO), str(target)]
    with subprocess.Popen(
        [*command, "--provider", "gemini"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
        preexec_fn=_own_terminal,
    ) as process:
        os.close(theirs)
        shown = _read_until(ours, b"not kept): ")
        os.write(ours, b"AIzaSyTypedByHand\n")
        shown += _read_until(ours, b"Ctrl-C stops")
        while not service.seen:
            shown += os.read(ours, 1000)
        os.write(ours, b"\x03")
        shown += _read_until(ours, b"unfinished files were removed")
        assert process.wait(30) == 130
    os.close(ours)
    assert service.seen[0].headers["x-goog-api-key"] == "AIzaSyTypedByHand"
    assert b"AIzaSyTypedByHand" not in shown
    assert b"about $0.05" in shown
    assert not target.exists()


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # Whoever runs the tests may have told them to ignore Ctrl-C, as a shell does in the background.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _read_until(terminal: int, words: bytes) -> bytes:
    shown = b""
    while words not in shown:
        part = os.read(terminal, 1000)
        assert part, shown
        shown += part
    return shown


def test_a_local_model_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = grey_net(tmp_path / "grey.onnx")
    target = tmp_path / "out.depth.tiff"
    flags = ["--provider", "onnx", "--model", str(model)]
    assert main(["make", str(PHOTO), str(target), *flags]) == 2
    assert "which kind" in capsys.readouterr().err
    assert main(["make", str(PHOTO), str(target), *flags, "--kind", "depth-anything-v2"]) == 0
    depth = np.asarray(Image.open(target))
    photo = np.asarray(Image.open(PHOTO).convert("L").resize(depth.shape[::-1]), float)
    assert np.corrcoef(depth.ravel(), photo.ravel())[0, 1] > 0.95
    assert main(["make", str(PHOTO), str(target), *flags, "--size", "4K"]) == 2
    assert "--size does not go with --provider onnx" in capsys.readouterr().err
    flags += ["--kind", "depth-anything-v2"]
    assert main(["make", str(PHOTO), str(target), *flags, "--side", "28"]) == 0
    seen = np.asarray(Image.open(target))
    # So few pixels show no more than the rough distribution of light.
    assert np.abs(np.diff(seen)).max() < 0.5 * np.abs(np.diff(depth)).max()
    assert main(["make", str(PHOTO), str(target), "--side", "700"]) == 2
    assert "choose --provider onnx" in capsys.readouterr().err
    wrong = ["--provider", "onnx", "--variant", "q2"]
    assert main(["make", str(PHOTO), str(target), *wrong]) == 2
    assert "no variant 'q2'" in capsys.readouterr().err
