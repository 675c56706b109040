"""Where a depth map is asked for that is slow or costs money: model, size, price, key, button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from relief_widget.app.guard import Guard
from relief_widget.app.inputs import Inputs
from relief_widget.depth.depth_map import STYLES, DepthProvider
from relief_widget.depth.gemini import MODELS, PRICES_AS_OF, Gemini, image_model, spending
from relief_widget.depth.gemini.models import SIZES, ImageModel
from relief_widget.depth.gemini.secret import Secret, given_key, key_from_environment
from relief_widget.depth.onnx import DEFAULT_MODEL, HUB_MODELS, KINDS, VARIANTS, OnnxModel
from relief_widget.errors import DepthError
from relief_widget.image.photo import Photo
from relief_widget.widgets.key_field import KeyField

_OTHER = "other"
# Pixels of the side that the kind of model names, the shorter or the longer.
_SIDES = (504, 700, 1008, 1400)
_ANY = ImageModel(label="", id="", sizes=SIZES)


class AiPanel:
    """What the sources need that begin only when they are told to.

    The key is kept here, in memory, and nowhere else.

    Parameters
    ----------
    generate
        Called with the changes to the project, and whether to ask again for what is kept.
    stop
        Called when the user wants no more.
    """

    def __init__(
        self, generate: Callable[[dict[str, Any], bool], None], stop: Callable[[], None]
    ) -> None:
        self._generate = generate
        self._key: Secret | None = None
        self._photo: Photo | None = None
        self._setting = Guard()
        self._source = ""
        self.model = widgets.Dropdown(
            options=[*((model.label, name) for name, model in MODELS.items()), ("Other…", _OTHER)],
            description="Model",
        )
        self.other = widgets.Text(description="Model id", placeholder="gemini-…")
        self.size = widgets.Dropdown(description="Map size")
        self.style = widgets.Dropdown(
            options=[(style.capitalize(), style) for style in STYLES], description="Style"
        )
        self.subject = widgets.Text(
            description="Subject", placeholder="optional, such as: a lion's head"
        )
        self.words = widgets.Text(description="Own words", placeholder="optional")
        self.key = KeyField(self._take_key, self._forget_key)
        self.local = widgets.Combobox(
            description="Model file",
            placeholder="optional: an .onnx file on the kernel's machine, or a name on the hub",
            options=tuple(HUB_MODELS),
        )
        kinds = [("From the file", None), *((kind, kind) for kind in KINDS)]
        self.kind = widgets.Dropdown(options=kinds, description="Model kind")
        self.variant = widgets.Dropdown(
            options=[("Default", None), *((name, name) for name in VARIANTS)],
            description="Variant",
        )
        self.side = widgets.Dropdown(
            options=[("As the model likes", None), *((f"{side} pixels", side) for side in _SIDES)],
            description="Sees photo at",
        )
        self.note = widgets.HTML()
        self.button = widgets.Button(description="Generate", button_style="primary")
        self.again = widgets.Button(
            description="Generate again", tooltip="Ask anew, and pay anew, for a kept depth map"
        )
        self.stop = widgets.Button(description="Stop")
        self.button.on_click(lambda _: self._generate(self._choices(), False))
        self.again.on_click(lambda _: self._generate(self._choices(), True))
        self.stop.on_click(lambda _: stop())
        self.model.observe(lambda _: self._show_model(), "value")
        texts = (self.other, self.subject, self.words, self.local)
        for widget in (*texts, self.size, self.style, self.kind, self.variant, self.side):
            widget.observe(lambda _: self._show_price(), "value")
        buttons = widgets.HBox([self.button, self.again, self.stop], _dom_classes=("relief-bar",))
        self.element = widgets.VBox(
            [
                self.model,
                self.other,
                self.size,
                self.local,
                self.kind,
                self.variant,
                self.side,
                self.style,
                self.subject,
                self.words,
                self.key,
                self.note,
                buttons,
            ],
            _dom_classes=("relief-ai",),
        )
        self.working(False)
        self._show_model()
        self._show_key()

    def show(self, source: str, project: Inputs, photo: Photo | None) -> None:
        """Show the choices of a project for one of the sources, or nothing."""
        self._source, self._photo = source, photo
        self.element.layout.display = "" if source in ("gemini", "onnx") else "none"
        if source not in ("gemini", "onnx"):
            return
        with self._setting:
            known = project.model in MODELS
            self.model.value = project.model if known else _OTHER
            if not known:
                self.other.value = project.model
            self.style.value = project.style
            self.subject.value, self.words.value = project.subject, project.words
            self.local.value, self.kind.value = project.local_model, project.local_kind
            self.variant.value, self.side.value = project.local_variant, project.local_side
        hosted = self.model, self.subject, self.words, self.key
        local = self.local, self.kind, self.variant, self.side
        for widget in (*hosted, *local):
            here = (widget in hosted) == (source == "gemini")
            widget.layout.display = "" if here else "none"
        self._show_model()
        if project.size in [value for _, value in self.size.options]:
            self.size.value = project.size
        self._show_price()

    def working(self, busy: bool) -> None:
        """Show what can be pressed while something is, or is not, being made."""
        self.button.disabled = self.again.disabled = busy
        self.stop.layout.display = "" if busy else "none"

    def provider(
        self, project: Inputs, *, fresh: bool = False, progress: Callable[[str], None]
    ) -> DepthProvider:
        """Return the provider that a project asks for.

        Parameters
        ----------
        project
            Its source is ``"gemini"`` or ``"onnx"``.
        fresh
            Ask again for what is kept.
        progress
            Called with what is going on; an exception that it raises stops the provider.

        Raises
        ------
        DepthError
            A choice does not fit the model.
        """

        def waiting(step: str, elapsed_s: float, limit_s: float) -> None:
            progress(f"{step}: {elapsed_s:.0f} s, at most {limit_s:.0f} s")

        def fetching(done: int, total: int) -> None:
            progress(f"Downloading the model: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

        def looking(done: int, total: int) -> None:
            progress(f"The model looks at the photo: {done} of {total}")

        if project.source == "onnx":
            return _local(project, progress=looking, download_progress=fetching)
        return self._hosted(project, fresh=fresh, progress=waiting)

    def _hosted(self, project: Inputs, **more: Any) -> Gemini:
        return Gemini(
            project.model,
            project.size,
            self._key,
            subject=project.subject,
            extra=project.words,
            **more,
        )

    def _choices(self) -> dict[str, Any]:
        model = self.other.value.strip() if self.model.value == _OTHER else self.model.value
        return {
            "source": self._source,
            "model": model,
            "size": self.size.value,
            "style": self.style.value,
            "subject": self.subject.value,
            "words": self.words.value,
            "local_model": self.local.value.strip(),
            "local_kind": self.kind.value,
            "local_variant": self.variant.value,
            "local_side": self.side.value,
        }

    def _show_model(self) -> None:
        other = self.model.value == _OTHER
        hosted = self._source == "gemini"
        self.other.layout.display = "" if other and hosted else "none"
        self.size.layout.display = "" if hosted else "none"
        model = _ANY if other else image_model(self.model.value)
        sizes = [(size, size) for size in model.sizes]
        if [value for _, value in self.size.options] != [value for _, value in sizes]:
            self.size.options = sizes
            self.size.value = model.default_size
        self._show_price()

    def _show_price(self) -> None:
        if self._setting:
            return
        self.again.layout.display = "none"
        if self._source == "onnx":
            self._show_local()
            return
        chosen = Inputs(**(self._choices() | {"source": "gemini"}))
        try:
            provider = self._hosted(chosen)
        except DepthError as error:
            self.note.value = f"<p>{_escaped(str(error))}</p>"
            self.button.disabled = True
            return
        self.button.disabled = self._photo is None
        cost = provider.estimate(self._photo, chosen.style)
        if cost is not None and cost.exact and cost.dollars == 0:
            self.button.description = "Use the kept answer"
            self.again.layout.display = ""
        else:
            self.button.description = f"Generate ({cost})" if cost is not None else "Generate"
        price = (
            f"Prices as of {PRICES_AS_OF}, billed by Google to your key."
            if cost is not None
            else "The price of this model is not known here."
        )
        self.note.value = (
            f"<p>Sends the photo to Google. {price} {_escaped(str(spending)).capitalize()}.</p>"
        )

    def _show_local(self) -> None:
        chosen = Inputs(**self._choices())
        try:
            model = _local(chosen)
        except DepthError as error:
            self.note.value = f"<p>{_escaped(str(error))}</p>"
            self.button.disabled = True
            return
        self.button.disabled = self._photo is None
        here = model.ready
        self.button.description = "Generate" if here else "Download and generate"
        fetched = "" if here else f" It is fetched first: {_escaped(model.notice)}"
        self.note.value = f"<p>Runs on the kernel's own machine, free of charge.{fetched}</p>"

    def _take_key(self, text: str) -> None:
        self._key = given_key(text)
        self._show_key()

    def _forget_key(self) -> None:
        self._key = None
        self._show_key()

    def _show_key(self) -> None:
        try:
            known = key_from_environment()
        except DepthError:
            known = None
        with self.key.hold_sync():
            self.key.own = self._key is not None
            if self._key is not None:
                self.key.present = "Set for this session"
            else:
                self.key.present = "" if known is None else "From the environment"


def _local(project: Inputs, **more: Any) -> OnnxModel:
    return OnnxModel(
        project.local_model or DEFAULT_MODEL,
        project.local_kind,
        project.local_variant,
        side=project.local_side,
        **more,
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
