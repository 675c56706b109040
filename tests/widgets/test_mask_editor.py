from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import traitlets
from PIL import Image

from relief_widget.errors import ReliefError
from relief_widget.widgets.mask_editor import MaskEditor
from tests.support.comm import Comm, tell

PHOTO: npt.NDArray[np.uint8] = np.full((3, 4, 3), 90, dtype=np.uint8)
MASK = np.eye(3, 4, dtype=np.float32)


@pytest.fixture
def editor() -> MaskEditor:
    editor = MaskEditor()
    editor.show(PHOTO, MASK)
    return editor


def update(editor: MaskEditor, state: dict[str, Any], mask: bytes | None = None) -> None:
    """Deliver traits as the browser does."""
    Comm(editor).update(state, **({} if mask is None else {"mask": mask}))


def message(editor: MaskEditor, content: Any) -> None:
    tell(editor, content)


def test_a_photo_and_its_mask_are_shown(editor: MaskEditor) -> None:
    assert editor.shape == (3, 4)
    assert Image.open(io.BytesIO(editor.picture)).size == (4, 3)
    array = editor.mask_array()
    assert array is not None
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, MASK)


def test_large_photos_and_masks_are_shrunk() -> None:
    editor = MaskEditor()
    photo = Image.new("RGB", (2000, 1000), "red")
    mask = np.zeros((1000, 2000), dtype=np.float32)
    mask[:, 1000:] = 1
    editor.show(photo, mask)
    with Image.open(io.BytesIO(editor.picture)) as picture:
        assert (picture.size, picture.format) == ((768, 384), "JPEG")
    assert editor.shape == (256, 512)
    array = editor.mask_array()
    assert array is not None
    assert array[:, :250].max() == 0
    assert array[:, 262:].min() == 1


@pytest.mark.parametrize(
    "mask",
    [
        MASK.astype(bool),
        (MASK * 255).astype(np.uint8),
        (MASK * 65535).astype(np.uint16),
        MASK.astype(np.float64) * 7,
    ],
)
def test_masks_come_in_any_type(mask: npt.NDArray[Any]) -> None:
    editor = MaskEditor()
    editor.show(PHOTO, mask)
    array = editor.mask_array()
    assert array is not None
    np.testing.assert_array_equal(array, MASK)


@pytest.mark.parametrize("mask", [np.zeros(3), np.zeros((3, 4, 1)), np.array([["a"]])])
def test_what_is_no_mask_is_refused(mask: npt.NDArray[Any]) -> None:
    with pytest.raises(ReliefError, match="mask"):
        MaskEditor().show(PHOTO, mask)


@pytest.mark.parametrize("photo", [PHOTO[..., 0], PHOTO.astype(float), PHOTO[:0]])
def test_what_is_no_photo_is_refused(photo: Any) -> None:
    with pytest.raises(ReliefError, match="photo"):
        MaskEditor().show(photo)


def test_a_click_can_go_by_the_depth(editor: MaskEditor) -> None:
    rows, cols = editor.shape
    depth = np.tile(np.linspace(0, 1, 2 * cols, dtype=np.float32), (2 * rows, 1))
    editor.show(PHOTO, MASK, depth)
    near = np.frombuffer(editor.depth, np.uint8).reshape(rows, cols)
    assert (np.diff(near.astype(int), axis=1) > 0).all()
    assert not np.ptp(near, axis=0).any()
    editor.show(PHOTO, MASK)
    assert editor.depth == b""
    # It is Python's to set.
    editor.set_state({"depth": b"x" * rows * cols})
    assert editor.depth == b""


def test_no_mask_and_no_subject_are_none(editor: MaskEditor) -> None:
    editor.active = False
    assert editor.mask_array() is None
    editor.active = True
    assert editor.mask_array() is not None
    editor.show(PHOTO)
    assert editor.mask_array() is None


def test_a_subject_that_is_marked_none_and_switched_off_are_told_apart(editor: MaskEditor) -> None:
    assert str(editor.subject) == "marked"
    editor.show(PHOTO)
    assert (str(editor.subject), editor.active) == ("none", True)
    # The first stroke, then undone.
    update(editor, {"edits": 1, "active": True}, bytes([255] * 12))
    assert str(editor.subject) == "marked"
    update(editor, {"edits": 2, "active": True}, b"")
    assert str(editor.subject) == "none"
    update(editor, {"edits": 3, "active": False}, bytes([255] * 12))
    assert str(editor.subject) == "off"
    assert editor.mask_array() is None
    update(editor, {"edits": 4, "active": True})
    assert str(editor.subject) == "marked"


def test_an_edit_by_hand_is_told_once_all_of_it_is_there(editor: MaskEditor) -> None:
    seen: list[Any] = []
    editor.on_edit(lambda: seen.append(editor.mask_array()))
    editor.show(PHOTO, 1 - MASK)
    assert seen == []
    # The counter comes first in the message, the mask must be there nevertheless.
    update(editor, {"edits": 1, "active": True}, bytes(range(12)))
    assert len(seen) == 1
    np.testing.assert_allclose(seen[0].ravel() * 255, np.arange(12), atol=1e-4)


def test_the_browser_gets_no_echo_of_its_mask(editor: MaskEditor) -> None:
    comm = Comm(editor)
    comm.update({"edits": 1}, mask=bytes(12))
    assert editor.mask == bytes(12)
    assert not any("mask" in traits for traits in comm.messages)
    assert not any("mask" in names for names in comm.buffers)


def test_a_mask_of_another_size_is_dropped(editor: MaskEditor) -> None:
    before = editor.mask
    update(editor, {"edits": 1}, bytes(13))
    assert editor.mask == before
    assert editor.edits == 1
    update(editor, {"mask": "text"})
    assert editor.mask == b""
    assert editor.mask_array() is None


def test_the_browser_cannot_set_the_photo(editor: MaskEditor) -> None:
    update(editor, {"shape": [9, 9], "busy": True, "tool": "fill", "brush": 0.2})
    assert editor.shape == (3, 4)
    assert not editor.busy
    assert (editor.tool, editor.brush) == ("fill", 0.2)


def test_the_wish_for_an_automatic_mask_is_told(editor: MaskEditor) -> None:
    seen: list[str] = []
    editor.on_automatic(lambda: seen.append("automatic"))
    message(editor, {"kind": "automatic"})
    assert seen == ["automatic"]


def test_a_crop_is_told_when_let_go(editor: MaskEditor) -> None:
    seen: list[tuple[float, ...]] = []
    editor.on_crop(seen.append)
    update(editor, {"crop": [0.1, 0, 1, 0.5]})
    assert seen == []
    message(editor, {"kind": "crop", "crop": [0.1, 0, 1, 0.5]})
    assert seen == [(0.1, 0.0, 1.0, 0.5)]
    assert editor.crop == (0.1, 0.0, 1.0, 0.5)


@pytest.mark.parametrize(
    "crop",
    [
        None,
        "abcd",
        [0, 0, 1],
        [0, 0, 1, "1"],
        [0.5, 0, 0.5, 1],
        [0, 0.7, 1, 0.2],
        [-0.1, 0, 1, 1],
        [0, 0, 1, float("nan")],
    ],
)
def test_a_crop_that_cannot_be_is_dropped(editor: MaskEditor, crop: Any) -> None:
    seen: list[Any] = []
    editor.on_crop(seen.append)
    update(editor, {"crop": crop})
    message(editor, {"kind": "crop", "crop": crop})
    assert seen == []
    assert editor.crop == (0.0, 0.0, 1.0, 1.0)
    with pytest.raises(traitlets.TraitError):
        editor.crop = crop


@pytest.mark.parametrize("content", [None, [], "crop", {}, {"kind": ["crop"]}, {"kind": "x"}])
def test_malformed_messages_change_nothing(
    editor: MaskEditor, content: Any, caplog: pytest.LogCaptureFixture
) -> None:
    state = editor.get_state()
    message(editor, content)
    assert editor.get_state() == state
    assert caplog.text == ""
