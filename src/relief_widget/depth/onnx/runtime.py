"""onnxruntime: sessions with bounded threads, and its errors as sentences."""

from __future__ import annotations

import functools
import importlib
import os
import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from relief_widget.arrays import Array
from relief_widget.depth.onnx.graph import companions
from relief_widget.errors import DepthError

# More threads than this gain little on one picture, and a server has other visitors.
_MOST_THREADS = 8
# Of one look, and of one by a network with loops in it, which may never end.
LIMIT_S, LIMIT_LOOPS_S = 300.0, 15.0
# Files that are smaller than any depth network that is good get no more memory than this, in bytes.
# They share it: onnxruntime bounds the memory of a process, not of a network.
_SMALL_FILE, _SMALL_MEMORY = 15_000_000, 1_200_000_000


def open_runtime(path: Path, providers: Sequence[Any] | None = None) -> Any:
    """Load a model into onnxruntime, which is imported now.

    Parameters
    ----------
    path
        The .onnx file.
    providers
        Of onnxruntime; None: the processor.

    Returns
    -------
    Any
        onnxruntime's session, which several threads may run at once.

    Raises
    ------
    DepthError
        onnxruntime is missing, or the file is no model.
    """
    try:
        onnxruntime = importlib.import_module("onnxruntime")
    except ImportError as error:
        _check_memory(error)
        raise DepthError(
            "Estimating depth on this machine needs onnxruntime, which is not installed here.",
            "Run: pip install onnxruntime. Where there is none for this machine, use a depth map "
            "of your own, Gemini, brightness or levels.",
        ) from error
    options = onnxruntime.SessionOptions()
    # Errors come as exceptions; warnings about graph rewriting are of no use here.
    options.log_severity_level = 4
    options.intra_op_num_threads = min(_MOST_THREADS, _cores())
    # A thread that waits by counting takes a third of the processor time, from other visitors, too.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        if path.stat().st_size < _SMALL_FILE and _bound_memory():
            options.add_session_config_entry("session.use_env_allocators", "1")
        return onnxruntime.InferenceSession(
            str(path), options, providers=list(providers or ["CPUExecutionProvider"])
        )
    except Exception as error:
        _check_memory(error)
        raise _unreadable(path, error) from error


@functools.cache
def _bound_memory() -> bool:
    """Bound the memory of sessions that ask for it, once in a process; whether that worked."""
    import onnxruntime

    kind = onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR
    place = onnxruntime.OrtMemoryInfo("Cpu", kind, 0, onnxruntime.OrtMemType.DEFAULT)
    try:
        arena = onnxruntime.OrtArenaCfg(_SMALL_MEMORY, -1, -1, -1)
        onnxruntime.create_and_register_allocator(place, arena)
    except Exception:  # somebody else's program has bounded it already
        return False
    return True


def run(
    runtime: Any, names: Sequence[str], feed: Mapping[str, Array], limit_s: float = LIMIT_S
) -> dict[str, Array]:
    """Run a model.

    Parameters
    ----------
    runtime
        From `open_runtime`.
    names
        Of the outputs that are wanted.
    feed
        Inputs by name.
    limit_s
        Seconds at most.

    Returns
    -------
    dict[str, Array]
        Outputs by name.

    Raises
    ------
    DepthError
        The model fails, or takes too long.
    """
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.log_severity_level = 4
    late = threading.Timer(limit_s, setattr, (options, "terminate", True))
    late.daemon = True
    late.start()
    try:
        answers = runtime.run(list(names), dict(feed), options)
    except Exception as error:
        _check_memory(error)
        if "terminate flag" in str(error):
            raise DepthError(
                f"The model did not answer within {limit_s:.0f} s, and was stopped.",
                "Use a smaller side=, or another model.",
            ) from error
        raise DepthError(
            f"The model failed: {_reason(error)}.",
            "Use a smaller side=, close other programs if the memory is full, or try another "
            "model.",
        ) from error
    finally:
        late.cancel()
    return {name: np.asarray(answer) for name, answer in zip(names, answers, strict=True)}


# How onnxruntime, and what loads it, say that memory has run out.
_NO_MEMORY = re.compile(
    r"bad_alloc|bfc_arena|[Ff]ailed to allocate|[Cc]annot allocate|failed to map|out of memory"
)


def _check_memory(error: Exception) -> None:
    """Call it what it is where memory has run out.

    Raises
    ------
    MemoryError
        It has.
    """
    if isinstance(error, MemoryError) or _NO_MEMORY.search(str(error)):
        raise MemoryError(str(error)) from error


def _cores() -> int:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _unreadable(path: Path, error: Exception) -> DepthError:
    try:
        beside = sorted(name for name in companions(path) if not (path.parent / name).exists())
    except (OSError, ValueError):
        beside = []
    if beside:
        return DepthError(
            f"{path.name!r} keeps its weights in {beside[0]!r}, which is not there.",
            "Put that file into the same folder.",
        )
    return DepthError(
        f"{path.name!r} is not a model that onnxruntime can load: {_reason(error)}.",
        "Check that the file is a whole .onnx file, or update onnxruntime.",
    )


def _reason(error: Exception) -> str:
    """Return the first line of what onnxruntime says, without its code."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    text = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", text)
    return text[:200].rstrip(".: ")
