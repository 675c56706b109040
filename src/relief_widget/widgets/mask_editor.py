"""Repaint the subject mask of a photo, or crop the photo, in the browser."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
import traitlets
from ipywidgets import CallbackDispatcher
from PIL import Image

from relief_widget.errors import ReliefError
from relief_widget.image.encoding import jpeg
from relief_widget.image.photo import MAX_TILT
from relief_widget.widgets.base import Widget, listen
from relief_widget.widgets.messages import MaskEditorSends

__all__ = ["MaskEditor"]

Crop: TypeAlias = tuple[float, float, float, float]

PICTURE_SIDE = 768
MASK_SIDE = 512

# Of a mask on the wire; 0 is the ground.
SUBJECT = 255

Tool: TypeAlias = Literal["brush", "erase", "fill", "select"]
# Width to height of a crop; a round one is square.
Proportions: TypeAlias = Literal[
    "free", "photo", "round", "1:1", "5:4", "4:3", "3:2", "16:9", "4:5", "3:4", "2:3", "9:16"
]

# What people change; the rest is Python's to set.
_FROM_BROWSER = {
    *("mask", "active", "brush", "likeness", "tool", "crop", "edits", "tilt", "proportions"),
}


class MaskEditor(Widget, bundle="mask_editor", sends=MaskEditorSends):
    """The photo with its subject mask, to repaint; and the crop of the photo, to drag.

    The mask and the crop are shares of the picture that `show` was given, straightened by `tilt`.

    Attributes
    ----------
    picture
        JPEG of the photo.
    shape
        Rows and columns of the mask.
    mask
        Bytes in rows, from the top: 255 is the subject, 0 the ground. Empty: nothing is marked,
        since no subject was found; one can be painted.
    active
        False: the user says that there is no subject; the mask is kept but not used, and painting
        makes it active again.
    brush
        Diameter as a share of the longer side.
    likeness
        How unlike the place under a click that selects its region may be: a difference of colour
        and depth.
    depth
        Bytes in rows as those of the mask, near is 255: what a click goes by beside the colours;
        empty where there is none.
    tool
        `"brush"`, `"erase"`, `"fill"` or `"select"`.
    busy
        While True the editor says that it is finding the subject, and cannot be painted on.
    crop
        Left, top, right and bottom as shares of the picture.
    tilt
        Degrees clockwise by which the picture is straightened, where it is cropped.
    proportions
        What the crop keeps to.
    cropping
        While True the crop is edited in place of the mask.
    edits
        Goes up by one with each edit by hand; masks that Python sets do not count.

    Examples
    --------
    >>> editor = MaskEditor()
    >>> editor.show(photo.pixels, depth_map.mask)
    >>> editor.on_edit(lambda: update(relief.replace_mask(editor.mask_array())))
    """

    picture = traitlets.Bytes(b"").tag(sync=True)
    shape = traitlets.Tuple(traitlets.Int(), traitlets.Int(), default_value=(0, 0)).tag(
        sync=True, holds=tuple[int, int]
    )
    # The browser has what it sent: an echo of a quarter of a megabyte per stroke is of no use.
    mask = traitlets.Bytes(b"").tag(sync=True, echo_update=False)
    active = traitlets.Bool(True).tag(sync=True)
    brush = traitlets.Float(0.06, min=0.01, max=0.3).tag(sync=True)
    likeness = traitlets.Float(0.24, min=0.04, max=0.8).tag(sync=True)
    depth = traitlets.Bytes(b"").tag(sync=True)
    tool = traitlets.Enum(get_args(Tool), "brush").tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)
    crop = traitlets.Tuple(*[traitlets.Float()] * 4, default_value=(0.0, 0.0, 1.0, 1.0)).tag(
        sync=True, holds=Crop
    )
    tilt = traitlets.Float(0.0, min=-MAX_TILT, max=MAX_TILT).tag(sync=True)
    proportions = traitlets.Enum(get_args(Proportions), "free").tag(sync=True)
    cropping = traitlets.Bool(False).tag(sync=True)
    edits = traitlets.Int(0).tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # ipywidgets' own dispatcher: it reports an exception in a callback and goes on.
        self._edit_callbacks = CallbackDispatcher()
        self._automatic_callbacks = CallbackDispatcher()
        self._crop_callbacks = CallbackDispatcher()
        self.observe(lambda _change: self._edit_callbacks(), "edits")
        listen(self, self._on_message)

    def show(
        self,
        photo: npt.NDArray[np.uint8] | Image.Image,
        mask: npt.ArrayLike | None = None,
        depth: npt.ArrayLike | None = None,
    ) -> None:
        """Show a photo and its mask; of a photo that is shown already, only the mask is sent.

        Parameters
        ----------
        photo
            uint8 (H, W, 3) sRGB, or a PIL image.
        mask
            (H, W) of any size, bool, uint8 or float in [0, 1]; None: nothing is marked.
        depth
            Like the mask, near is 1: what a click that selects goes by beside the colours.

        Raises
        ------
        ReliefError
            The photo, the mask or the depth has another shape or type.
        """
        image = photo if isinstance(photo, Image.Image) else _image(np.asarray(photo))
        image = image.convert("RGB")
        size = _fit(image.size, MASK_SIDE)
        data = b"" if mask is None else _mask_bytes(np.asarray(mask), size)
        near = b"" if depth is None else _mask_bytes(np.asarray(depth), size)
        resized = image.resize(_fit(image.size, PICTURE_SIDE), Image.Resampling.LANCZOS)
        with self.hold_sync():
            self.picture = jpeg(resized, 88)
            self.shape = size[::-1]
            self.depth = near
            self.mask = data

    @property
    def subject(self) -> Literal["marked", "none", "off"]:
        """Whether a subject is marked, nothing is, or the user says that there is none."""
        if not self.active:
            return "off"
        return "marked" if self.mask else "none"

    def mask_array(self) -> npt.NDArray[np.float32] | None:
        """Return the mask as float32 (rows, cols) in [0, 1], or None: nothing marked, or off."""
        rows, cols = self.shape
        if not self.active or not self.mask or len(self.mask) != rows * cols:
            return None
        values = np.frombuffer(self.mask, dtype=np.uint8).reshape(rows, cols)
        return values.astype(np.float32) / np.float32(SUBJECT)

    def on_edit(self, callback: Callable[[], object]) -> None:
        """Call `callback()` when the mask was changed, or switched on or off, by hand."""
        self._edit_callbacks.register_callback(callback)

    def on_automatic(self, callback: Callable[[], object]) -> None:
        """Call `callback()` when the mask is to be found automatically."""
        self._automatic_callbacks.register_callback(callback)

    def on_crop(self, callback: Callable[[Crop], object]) -> None:
        """Call `callback((left, top, right, bottom))` when the crop is let go."""
        self._crop_callbacks.register_callback(callback)

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Take from the browser what people can change there, where it can be right."""
        state = {name: sync_data[name] for name in sync_data if name in _FROM_BROWSER}
        if "mask" in state:
            state["mask"] = _bytes(state["mask"])
            rows, cols = self.shape
            if len(state["mask"]) not in (0, rows * cols):
                del state["mask"]
        if "tilt" in state and not _is_tilt(state["tilt"]):
            del state["tilt"]
        if "proportions" in state and state["proportions"] not in get_args(Proportions):
            del state["proportions"]
        if "crop" in state and not _is_crop(state["crop"]):
            del state["crop"]
        super().set_state(state)

    @traitlets.validate("crop")
    def _check_crop(self, proposal: Mapping[str, Any]) -> Any:
        if not _is_crop(proposal["value"]):
            raise traitlets.TraitError(
                f"A crop is 0 <= left < right <= 1 and 0 <= top < bottom <= 1, "
                f"not {proposal['value']}."
            )
        return proposal["value"]

    def _on_message(self, message: MaskEditorSends, _buffers: object) -> None:
        if message["kind"] == "automatic":
            self._automatic_callbacks()
        elif message["kind"] == "crop" and _is_crop(message.get("crop")):
            # The traits themselves may still be on their way.
            if _is_tilt(message.get("tilt")):
                self.tilt = float(message["tilt"])
            self.crop = tuple(float(share) for share in message["crop"])
            self._crop_callbacks(self.crop)


def _fit(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _image(pixels: npt.NDArray[Any]) -> Image.Image:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or pixels.size == 0:
        raise ReliefError(
            f"A photo's pixels are not {pixels.dtype} {pixels.shape}.",
            "Give uint8 (rows, columns, 3) or a PIL image.",
        )
    return Image.fromarray(np.ascontiguousarray(pixels))


def _mask_bytes(mask: npt.NDArray[Any], size: tuple[int, int]) -> bytes:
    if mask.ndim != 2 or mask.size == 0 or mask.dtype.kind not in "bfu":
        raise ReliefError(
            f"A mask is not {mask.dtype} {mask.shape}.",
            "Give (rows, columns) of bool, uint8 or float in [0, 1].",
        )
    values = mask.astype(np.float32)
    if mask.dtype.kind == "u":
        values /= np.float32(np.iinfo(mask.dtype).max)
    values = np.clip(np.nan_to_num(values), 0.0, 1.0)
    if values.shape != size[::-1]:
        values = np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BILINEAR))
    return np.rint(values * SUBJECT).astype(np.uint8).tobytes()


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else b""


def _is_tilt(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) <= MAX_TILT


def _is_crop(value: object) -> bool:
    if not isinstance(value, list | tuple) or len(value) != 4:
        return False
    if not all(isinstance(share, int | float) and math.isfinite(share) for share in value):
        return False
    left, top, right, bottom = map(float, value)
    return 0 <= left < right <= 1 and 0 <= top < bottom <= 1
