"""The package in a process of its own, whose surroundings are not as they should be.

The processes are forked from one that has loaded the package already, so that a fault costs no
second.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import numpy as np

# What a child is to have loaded, so that it need not.
import relief_widget.cli.files
import relief_widget.depth.gemini
import relief_widget.export.glb
import relief_widget.export.obj
import relief_widget.export.ply
import relief_widget.export.stl
import relief_widget.export.threemf
import relief_widget.mesh.simplify  # noqa: F401
from relief_widget import Relief
from relief_widget.cli import main

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])
# A moment is one of these: a file is opened, renamed, removed; or an export says how far it is.
_MOMENTS = ("open", "os.chmod", "os.remove", "os.rename", "os.scandir")


@dataclass(frozen=True)
class Faults:
    """What is wrong around a process.

    Attributes
    ----------
    encoding
        Of the terminal.
    closed
        Streams that are not there: 0, 1, 2.
    out
        Where standard output goes; empty: it can be read afterwards; ``"|"``: nobody reads it.
    environment
        Variables that are set; None takes one away.
    gone
        The working folder is removed first.
    largest_file, memory
        Limits of the system, in bytes; the memory's is on top of what the process has.
    """

    encoding: str = "utf-8"
    closed: tuple[int, ...] = ()
    out: str = ""
    environment: Mapping[str, str | None] = field(default_factory=dict)
    gone: bool = False
    largest_file: int | None = None
    memory: int | None = None


NONE = Faults()


def small() -> Relief:
    """Return a relief that is saved at once, and in several steps."""
    y, x = np.mgrid[:90, :120] / 120
    bump = np.exp(-9 * ((x - 0.5) ** 2 + (y - 0.4) ** 2)) + 0.05 * np.sin(40 * x) * np.sin(30 * y)
    heights = (bump - bump.min()) / np.ptp(bump)
    return Relief.from_heights(heights, texture=np.rint(heights * 255).astype(np.uint8))


def started(
    folder: Path, function: Callable[..., Any], *arguments: Any, faults: Faults = NONE
) -> ForkServerProcess:
    """Start a function, which returns an exit code or nothing, in a process with faults."""
    process = _CONTEXT.Process(target=_child, args=(str(folder), faults, function, arguments))
    process.start()
    return process


def run(
    folder: Path, function: Callable[..., Any], *arguments: Any, faults: Faults = NONE
) -> tuple[int, str, str]:
    """Run a function in a process with faults.

    Returns
    -------
    tuple[int, str, str]
        The exit code, or minus the signal's number; what it said, and what it complained of.
    """
    process = started(folder, function, *arguments, faults=faults)
    process.join(120)
    assert process.exitcode is not None, "it does not end"
    told = []
    for name in ("out", "err"):
        path = folder.parent / f"{folder.name}.{process.pid}.{name}"
        told.append(path.read_bytes().decode(faults.encoding, "replace") if path.exists() else "")
        path.unlink(missing_ok=True)
    return process.exitcode, told[0], told[1]


def command(*arguments: object) -> int:
    """Run the command line."""
    return main([str(argument) for argument in arguments])


def is_sentence(text: str) -> bool:
    """Tell whether a command line has said one sentence, and no traceback."""
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines) == 1 and lines[0].startswith("relief-widget: ") and "Error" not in text


def _child(
    folder: str, faults: Faults, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    place = Path(folder)
    for name, value in faults.environment.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    os.chdir(place)
    if faults.gone:
        place.rmdir()
    ends = {1: "out", 2: "err"}
    for number, name in ends.items():
        path = place.parent / f"{place.name}.{os.getpid()}.{name}"
        if faults.out == "|" and number == 1:
            reader, opened = os.pipe()
            os.close(reader)
        else:
            given = faults.out if number == 1 else ""
            opened = os.open(given or path, os.O_CREAT | os.O_WRONLY)
        os.dup2(opened, number)
        os.close(opened)
        stream = io.TextIOWrapper(
            io.BufferedWriter(io.FileIO(number, "w", closefd=False)), encoding=faults.encoding
        )
        setattr(sys, f"std{name}", stream)
    for number in faults.closed:
        os.close(number)
        setattr(sys, ("stdin", "stdout", "stderr")[number], None)
    if faults.largest_file is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (faults.largest_file,) * 2)
    if faults.memory is not None:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + faults.memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    code = function(*arguments) or 0
    for told in (sys.stdout, sys.stderr):
        if told is not None:
            told.flush()
    os._exit(code)


class Moments:
    """Counts the moments of a save, and sends this process a signal at one of them.

    Parameters
    ----------
    at
        At which; 0: none.
    number
        The signal.
    """

    def __init__(self, at: int = 0, number: int = signal.SIGKILL) -> None:
        self.count, self._at, self._number = 0, at, number
        self._home = Path.cwd()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, details: tuple[Any, ...]) -> None:
        # What is loaded, or read of the system, is no moment of a save.
        path = details[0] if event in _MOMENTS else None
        if isinstance(path, str | os.PathLike) and Path(path).absolute().is_relative_to(self._home):
            self.tick()

    def tick(self, *_: int) -> None:
        """Count a moment; also as a save's progress."""
        self.count += 1
        if self.count == self._at:
            os.kill(os.getpid(), self._number)
