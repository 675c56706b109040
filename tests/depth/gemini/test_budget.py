"""Money that several processes spend together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from relief_widget.depth.gemini import MayBeChargedError
from relief_widget.depth.gemini.budget import Budget
from relief_widget.depth.gemini.cache import AnswerCache, MemoryAnswers
from relief_widget.depth.gemini.cost import Cost
from relief_widget.errors import DepthError


def spend(budget: Budget, dollars: float) -> bool:
    try:
        with budget.taking(Cost(dollars)) as told:
            told.append(Cost(dollars, exact=True))
    except DepthError:
        return False
    return True


def test_no_more_is_spent_than_there_is(tmp_path: Path) -> None:
    budget = Budget(tmp_path / "ledger", 1.0)
    assert sum(spend(budget, 0.1) for _ in range(30)) in (8, 9, 10)
    assert budget.spent <= 1.0
    # Another process with the same folder has no more.
    assert not spend(Budget(tmp_path / "ledger", 1.0), 0.2)


def test_many_at_once_spend_no_more(tmp_path: Path) -> None:
    budget = Budget(tmp_path, 1.0)
    with ThreadPoolExecutor(8) as threads:
        spent = sum(threads.map(lambda _: spend(budget, 0.05), range(60)))
    assert 0 < spent <= 20
    assert budget.spent <= 1.0


def test_what_failed_costs_what_it_may_have_cost(tmp_path: Path) -> None:
    budget = Budget(tmp_path, 1.0)
    with pytest.raises(DepthError), budget.taking(Cost(0.2)):
        raise DepthError("Refused.", "")
    assert budget.spent == 0
    with pytest.raises(DepthError), budget.taking(Cost(0.2)):
        raise MayBeChargedError("Cut off.", "")
    assert budget.spent >= 0.2


def test_what_has_no_price_is_not_paid_for(tmp_path: Path) -> None:
    with pytest.raises(DepthError, match="price"), Budget(tmp_path, 9.0).taking(None):
        pass


def test_kept_answers_are_private(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "answers")
    assert cache.put("0" * 64, b"picture", {})
    (kept,) = cache.folder.iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert cache.folder.stat().st_mode & 0o077 == 0


def test_answers_in_memory_have_a_bound() -> None:
    answers = MemoryAnswers(most_bytes=100)
    for name in "abc":
        assert answers.put(name, b"x" * 40, {})
    assert answers.get("a") is None
    assert answers.get("c") is not None
    assert not answers.put("d", b"x" * 101, {})
