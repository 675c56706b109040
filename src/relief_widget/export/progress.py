"""How an export tells how far it is, and makes the next bytes while the last are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import IO, Any, Protocol


class Progress(Protocol):
    """Called with steps done and steps in all; may raise to stop the export."""

    def __call__(self, done: int, total: int, /) -> None:
        """Take note."""
        ...


def ignore(done: int, total: int, /) -> None:
    """Take no note."""


@contextmanager
def writing_behind(file: IO[bytes]) -> Iterator[Callable[[Any], None]]:
    """Give what writes bytes in another thread; they must stay valid until the second next come."""
    with ThreadPoolExecutor(1) as writer:
        writing: Future[int] | None = None

        def put(data: Any) -> None:
            nonlocal writing
            if writing is not None:
                writing.result()
            writing = writer.submit(file.write, data)

        yield put
        if writing is not None:
            writing.result()
