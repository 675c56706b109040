from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from relief_widget.app.history import History


@given(st.lists(st.sampled_from(["change", "undo", "redo"]), max_size=40))
def test_undo_and_redo_walk_the_states_in_order(steps: list[str]) -> None:
    """Against the plainest model: a list of all states and a place in it."""
    history: History[int] = History()
    states, place, present = [0], 0, 0
    for number, step in enumerate(steps, start=1):
        if step == "change":
            history.record(present, f"kind {number}")
            del states[place + 1 :]
            states.append(number)
            place, present = place + 1, number
        elif step == "undo":
            present = history.undo(present)
            place = max(0, place - 1)
        else:
            present = history.redo(present)
            place = min(len(states) - 1, place + 1)
        assert present == states[place]
        assert history.can_undo == (place > 0)
        assert history.can_redo == (place < len(states) - 1)


def test_one_drag_of_a_slider_is_one_step() -> None:
    history: History[int] = History()
    for value in range(5):
        history.record(value, "smoothing")
    assert history.undo(5) == 0
    assert not history.can_undo


def test_a_slow_drag_is_one_step_and_two_drags_are_two() -> None:
    now = 0.0
    history: History[int] = History(clock=lambda: now)
    value = 0
    for _ in range(2):
        history.press()
        for _ in range(3):
            now += 10
            history.record(value, "smoothing")
            value += 1
        history.release()
        # What was on its way when the pointer went up.
        now += 0.5
        history.record(value, "smoothing")
        value += 1
        now += 0.1
    assert [history.undo(8), history.undo(4)] == [4, 0]
    assert not history.can_undo


def test_keys_that_pause_are_two_steps() -> None:
    now = 0.0
    history: History[int] = History(clock=lambda: now)
    for value, pause in enumerate((0, 0.4, 5, 0.4)):
        now += pause
        history.record(value, "smoothing")
    assert [history.undo(4), history.undo(2)] == [2, 0]


def test_the_oldest_states_are_forgotten() -> None:
    history: History[int] = History(most=3)
    for value in range(10):
        history.record(value, f"kind {value}")
    assert [history.undo(10), history.undo(9), history.undo(8)] == [9, 8, 7]
    assert not history.can_undo


def test_what_is_kept_has_a_size_and_what_is_shared_counts_once() -> None:
    sizes = {1: 10, 2: 10, 3: 40, 4: 40, 5: 40}
    held = {"a": (1, 3), "b": (1, 4), "c": (2, 4), "d": (2, 5), "e": (2, 5)}
    history: History[str] = History(
        most_bytes=60, held=lambda state: {piece: sizes[piece] for piece in held[state]}
    )
    for state in "abcde":
        history.record(state)
    # d and e hold the same; c adds 40, b adds 10 and a adds 40.
    assert list(history.past) == ["b", "c", "d", "e"]
    assert history.undo("f") == "e"
