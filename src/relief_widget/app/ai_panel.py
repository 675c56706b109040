"""Where a depth map is asked for that is slow or costs money: model, size, price, key, button."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from relief_widget.app.guard import Guard
from relief_widget.app.inputs import Inputs
from relief_widget.app.permission import Allowed, Permission
from relief_widget.depth.depth_map import STYLES, DepthProvider
from relief_widget.depth.gemini.secret import Secret, given_key, key_from_environment
from relief_widget.depth.registry import NO_PROVIDER, PROVIDERS, Option
from relief_widget.errors import DepthError
from relief_widget.image.photo import Photo
from relief_widget.widgets.key_field import KeyField

_OTHER = "other"
_WIDGETS: dict[Any, Any] = {bool: widgets.Checkbox, int: widgets.IntText, float: widgets.FloatText}


class AiPanel:
    """What the sources need that begin only when they are told to.

    The key is kept here, in memory, and nowhere else.

    Parameters
    ----------
    generate
        Called with the changes of the inputs, and whether to ask again for what is kept.
    stop
        Called when the user wants no more.
    permission
        What is allowed; by default as the server says that started this process.
    """

    def __init__(
        self,
        generate: Callable[[dict[str, Any], bool], None],
        stop: Callable[[], None],
        permission: Permission | None = None,
    ) -> None:
        self._generate = generate
        self._allowed = Allowed(permission or Permission.here())
        self._key: Secret | None = None
        self._photo: Photo | None = None
        self._inputs = Inputs()
        self._setting = Guard()
        self._entry = NO_PROVIDER
        self._options = {
            (entry.name, option.name): self._allowed.option(entry.name, option)
            for entry in PROVIDERS.values()
            if entry.asks_first
            for option in entry.options
            if option.label
        }
        self.fields = {of: _field(option) for of, option in self._options.items()}
        self.others = {
            of: widgets.Text(description=option.other, placeholder=option.hint)
            for of, option in self._options.items()
            if option.other
        }
        self.style = widgets.Dropdown(
            options=[(style.capitalize(), style) for style in STYLES], description="Style"
        )
        self.key = KeyField(
            lambda text: self._keep_key(given_key(text)), lambda: self._keep_key(None)
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
        chosen: list[Any] = []
        written: list[Any] = []
        for of, widget in self.fields.items():
            # What may be left out stands last.
            group = written if isinstance(widget, widgets.Text) else chosen
            group += [widget, *([self.others[of]] if of in self.others else [])]
        for widget in (*chosen, self.style, *written):
            widget.observe(lambda _: self._changed(), "value")
        buttons = widgets.HBox([self.button, self.again, self.stop], _dom_classes=("relief-bar",))
        self.element = widgets.VBox(
            [*chosen, self.style, *written, self.key, self.note, buttons],
            _dom_classes=("relief-ai",),
        )
        self.working(False)
        self._show_key()

    def offers(self, source: str) -> bool:
        """Whether this page has a source at all."""
        return self._allowed.permission.offers(source)

    def show(self, source: str, inputs: Inputs, photo: Photo | None) -> None:
        """Show the choices of inputs for one of the sources, or nothing."""
        self._inputs, self._photo = inputs.replace(source=source), photo
        self._entry = self._inputs.entry
        self.element.layout.display = "" if self._entry.asks_first else "none"
        if not self._entry.asks_first:
            return
        with self._setting:
            self.style.value = inputs.style
            given = inputs.options.get(source, {})
            self._offer()
            for of, widget in self.fields.items():
                widget.layout.display = "" if self._is_here(of) else "none"
                if self._is_here(of):
                    self._fill(of, given.get(of[1], self._options[of].default))
        self.key.layout.display = "none" if self._entry.key_from is None else ""
        self._changed()

    def _is_here(self, of: tuple[str, str]) -> bool:
        return of[0] == self._entry.name

    def _fill(self, of: tuple[str, str], value: Any) -> None:
        widget = self.fields[of]
        if not isinstance(widget, widgets.Dropdown):
            widget.value = value or type(widget.value)()
        elif value in [offered for _, offered in widget.options]:
            widget.value = value
        elif of in self.others:
            widget.value, self.others[of].value = _OTHER, value

    def _offer(self) -> None:
        """Offer what there is to choose from beside what is chosen."""
        for of, widget in self.fields.items():
            if not self._is_here(of) or not isinstance(widget, widgets.Dropdown):
                continue
            offered = _offered(self._options[of], self._values())
            if list(widget.options) != offered:
                widget.options = offered
                self._fill(of, self._options[of].default)

    def _values(self) -> dict[str, Any]:
        """Return the options that are chosen."""
        values = {}
        for of, widget in self.fields.items():
            if self._is_here(of):
                typed = of in self.others and widget.value == _OTHER
                value = self.others[of].value if typed else widget.value
                values[of[1]] = value.strip() if isinstance(value, str) else value
        return values

    def working(self, busy: bool) -> None:
        """Show what can be pressed while something is, or is not, being made."""
        self.button.disabled = self.again.disabled = busy
        self.stop.layout.display = "" if busy else "none"

    def provider(
        self, inputs: Inputs, *, fresh: bool = False, progress: Callable[[str], None]
    ) -> DepthProvider:
        """Return the provider that inputs ask for.

        Parameters
        ----------
        inputs
            Its source asks first.
        fresh
            Ask again for what is kept.
        progress
            Called with what is going on; an exception that it raises stops the provider.

        Raises
        ------
        DepthError
            A choice does not fit the model, or there is no key.
        """
        more = {"fresh": True} if fresh else {}
        made = self._made(inputs, tell=progress, **more)
        entry = inputs.entry
        has_key = entry.key_from is None or self._key is not None
        if not has_key and entry.key_from is not None and self._allowed.permission.shares_key:
            has_key = entry.key_from() is not None
        # An answer that is kept needs none.
        if has_key or (not fresh and entry.offer(made, inputs.photo, inputs.style).kept):
            return made
        raise DepthError(
            "There is no API key yet.",
            f"Paste yours into the field {self.key.label} under Source. {entry.key_help}",
        )

    def _made(self, inputs: Inputs, **more: Any) -> DepthProvider:
        own_key = self._key is not None
        if inputs.entry.key_from is not None:
            more["key"] = self._key
        chosen = inputs.options.get(inputs.source, {})
        allowed = self._allowed.options(inputs.entry.name, chosen, own_key=own_key)
        return inputs.entry.make(**allowed, **more)

    def _choices(self) -> dict[str, Any]:
        source = self._inputs.source
        options = {**self._inputs.options, source: self._values()}
        return {"source": source, "style": self.style.value, "options": options}

    def _changed(self) -> None:
        """Show what fits what is chosen, and what it costs."""
        for of, other in self.others.items():
            here = self._is_here(of) and self.fields[of].value == _OTHER
            other.layout.display = "" if here else "none"
        self._offer()
        if self._setting:
            return
        self.again.layout.display = "none"
        chosen = self._inputs.replace(**self._choices())
        try:
            offer = self._entry.offer(self._made(chosen), self._photo, chosen.style)
        except DepthError as error:
            self.note.value = f"<p>{html.escape(str(error), quote=False)}</p>"
            self.button.disabled = True
            return
        self.button.disabled = self._photo is None
        self.button.description = offer.press
        self.again.layout.display = "" if offer.kept else "none"
        self.note.value = f"<p>{html.escape(offer.note, quote=False)}</p>"

    def _keep_key(self, key: Secret | None) -> None:
        self._key = key
        self._show_key()

    def _show_key(self) -> None:
        try:
            known = key_from_environment() if self._allowed.permission.shares_key else None
        except DepthError:
            known = None
        with self.key.hold_sync():
            self.key.own = self._key is not None
            if self._key is not None:
                self.key.present = "Set for this session"
            else:
                self.key.present = "" if known is None else "From the environment"


def _field(option: Option) -> Any:
    """Return the widget in which an option is chosen."""
    texts = {"description": option.label}
    offered = _offered(option, {})
    if offered and (option.other or not option.hint):
        return widgets.Dropdown(**texts)
    if option.hint:
        texts["placeholder"] = option.hint
    if offered:
        return widgets.Combobox(options=tuple(value for _, value in offered), **texts)
    return _WIDGETS.get(option.type, widgets.Text)(**texts)


def _offered(option: Option, chosen: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return what can be chosen beside what is chosen already, or nothing."""
    offered = [(choice.capitalize(), choice) for choice in option.choices]
    if option.offers is not None:
        offered = list(option.offers(chosen))
    return [*offered, ("Other…", _OTHER)] if option.other else offered
