"""A sum of money that several processes spend together, and never more than it."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from relief_widget.depth.gemini.cost import Cost
from relief_widget.depth.gemini.faults import MayBeChargedError, StoppedError
from relief_widget.errors import DepthError

# Dollars are noted in millionths, in the names of files.
_MICRO = 1_000_000
_SUFFIX = ".spent"
# An answer can cost more than was estimated: what is still there must cover that, too.
_CAREFUL = 1.5


@dataclass(frozen=True)
class Budget:
    """Dollars that may be spent, with a note for each answer in a folder that is private.

    A note is written before it is looked whether there is enough, so that of two processes that
    take the last of it at once neither gets too much.

    Attributes
    ----------
    folder
        Where the notes are.
    dollars
        All that may be spent.
    """

    folder: str | Path
    dollars: float

    @property
    def spent(self) -> float:
        """Dollars that were spent, or are about to be."""
        total = 0
        for path in Path(self.folder).glob(f"*{_SUFFIX}"):
            amount = path.name.partition("-")[0]
            total += int(amount) if amount.isdecimal() else 0
        return total / _MICRO

    @contextmanager
    def taking(self, estimate: Cost | None) -> Iterator[list[Cost | None]]:
        """Set the cost of an answer aside while it is asked for.

        Parameters
        ----------
        estimate
            What it will cost; None where that is not known.

        Yields
        ------
        list of Cost
            To be given the cost of each turn that was answered; None where that is not known. With
            none of them, a block that fails has cost nothing, unless it was stopped or cut off on
            its way: then what was set aside stays so.

        Raises
        ------
        DepthError
            There is not enough, or the price is not known.
        """
        if estimate is None:
            raise DepthError(
                "The price of this model is not known, so this page does not pay for it.",
                "Choose another model, or paste a key of your own.",
            )
        reserved = self._note(estimate.dollars * _CAREFUL)
        if self.spent > self.dollars:
            reserved.unlink(missing_ok=True)
            raise DepthError(
                "What this page may spend on depth maps is used up.",
                "Paste a key of your own, or use the shape estimate, which is free.",
            )
        told: list[Cost | None] = []
        try:
            yield told
        except (MayBeChargedError, StoppedError):
            raise
        except BaseException:
            self._settle(reserved, _sum(told, estimate))
            raise
        self._settle(reserved, _sum(told, estimate))

    def _note(self, dollars: float) -> Path:
        folder = Path(self.folder)
        name = f"{round(dollars * _MICRO):012d}-{secrets.token_hex(8)}{_SUFFIX}"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(folder / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError:
            raise DepthError(
                "What this page spends cannot be noted, so it spends nothing.",
                "Paste a key of your own, or use the shape estimate, which is free.",
            ) from None
        return folder / name

    def _settle(self, reserved: Path, dollars: float) -> None:
        """Note what it did cost instead of what was set aside."""
        with contextlib.suppress(OSError, DepthError):
            if dollars > 0:
                self._note(dollars)
            reserved.unlink(missing_ok=True)


def _sum(told: list[Cost | None], estimate: Cost) -> float:
    return sum((estimate if cost is None else cost).dollars for cost in told)
