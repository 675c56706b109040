"""The depth providers by name: all that command line, studio and project files know of them.

A provider of your own joins them with an entry:

>>> from relief_widget.depth.registry import ProviderEntry, register, unregister
>>> def flat(photo, style):
...     return photo.luminance(64) * 0 + 0.5
>>> register(ProviderEntry("flat", "Flat", "one height", flat))
>>> unregister("flat")
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relief_widget.depth.depth_map import DepthProvider, Style
    from relief_widget.image.photo import Photo

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Option:
    """What can be chosen of a provider: a flag of the command line, and a field of the studio.

    Attributes
    ----------
    name
        The flag, and the keyword that makes the provider. Providers may share a flag.
    help
        For the command line.
    label
        For the studio; empty: the command line alone has it.
    type
        Reads what was typed; bool is a flag without a value.
    metavar
        Placeholder of the command line.
    choices
        All values that there are.
    default
        What the studio begins with; the command line leaves out what is not given.
    hint
        Placeholder of the studio's field.
    offers
        Labels and values that the studio offers, beside the values of the other options; with a
        `hint` any other value can be typed.
    other
        Label of a field for values that are not offered.
    """

    name: str
    help: str
    label: str = ""
    type: Callable[[str], Any] = str
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    default: Any = None
    hint: str = ""
    offers: Callable[[Mapping[str, Any]], Sequence[tuple[str, Any]]] | None = None
    other: str = ""


@dataclass(frozen=True)
class Offer:
    """What the studio says before a provider is asked: on its button, and beside it.

    Attributes
    ----------
    press, note
        Plain texts.
    kept
        The answer is kept from before, and could be asked for anew.
    """

    press: str = "Generate"
    note: str = ""
    kept: bool = False


@dataclass(frozen=True)
class ProviderEntry:
    """A depth provider by name.

    Attributes
    ----------
    name
        Of the command line and the studio.
    label, help
        In a maker's words, for the studio and for the command line.
    makes
        A class, called with the options, or a function, which has none; or where it is, as
        ``"module:name"``, to be loaded when it is first needed.
    maker
        Makes the provider instead, of the options; of one that asks first also of ``tell``, to be
        called with what is going on, or None, and of one that needs a key of ``key``.
    options
        What can be chosen. The studio has fields for them where it asks first.
    asks_first
        It is slow or paid: the studio waits for its button.
    redoes_mask
        It runs again for a new subject mask, which steers it.
    looks_for_subject
        It finds the subject itself.
    in_projects
        Every installation has it: an opened project file makes it again.
    announces
        Returns what the command line says before it runs.
    offer
        Returns what the studio says before it runs.
    key_from
        Returns the key in the environment, or None, of a provider that needs one.
    key_help
        Where such a key is had, in a sentence.
    """

    name: str
    label: str
    help: str
    makes: Any
    maker: Callable[..., DepthProvider] | None = None
    options: tuple[Option, ...] = ()
    asks_first: bool = False
    redoes_mask: bool = False
    looks_for_subject: bool = False
    in_projects: bool = False
    announces: Callable[[Any], str] = lambda _: ""
    offer: Callable[[Any, Photo | None, Style], Offer] = lambda *_: Offer()
    key_from: Callable[[], object] | None = None
    key_help: str = ""

    @property
    def made_name(self) -> str:
        """The name of the class or the function, as project files have it."""
        return _where(self.makes).rpartition(":")[2]

    def make(self, *, tell: Tell | None = None, key: Any = None, **options: Any) -> DepthProvider:
        """Return the provider.

        Parameters
        ----------
        tell, key
            For a `maker`; an exception that `tell` raises stops the provider.
        **options
            One that is None is left to its default.

        Raises
        ------
        DepthError
            The options do not fit.
        """
        given = {name: value for name, value in options.items() if value is not None}
        if self.maker is not None:
            given |= {"tell": tell} if self.asks_first else {}
            given |= {"key": key} if self.key_from is not None else {}
            return self.maker(**given)
        made = self.makes
        if isinstance(made, str):
            module, _, name = made.partition(":")
            made = getattr(importlib.import_module(module), name)
        provider: DepthProvider = made(**given) if isinstance(made, type) else made
        return provider


def _where(made: Any) -> str:
    """Return where a provider, its class or its function is: nothing has to be loaded for it."""
    if isinstance(made, str):
        return made
    home = made if hasattr(made, "__qualname__") else type(made)
    return f"{home.__module__}:{home.__qualname__}"


def _levels(text: str) -> int | list[str] | None:
    """Return what `Layers` takes for what was typed."""
    if not text:
        return None
    if text.lstrip("-").isdecimal() and len(text) < 3:
        return int(text)
    return [colour.strip() for colour in text.split(",")]


def _gemini(
    *, words: str = "", key: Any = None, tell: Tell | None = None, **options: Any
) -> DepthProvider:
    from relief_widget.depth.gemini import Gemini

    def waiting(step: str, elapsed_s: float, limit_s: float) -> None:
        if tell is not None:
            tell(f"{step}: {elapsed_s:.0f} s, at most {limit_s:.0f} s")

    return Gemini(extra=words, api_key=key, progress=waiting, **options)


def _gemini_key() -> object:
    from relief_widget.depth.gemini.secret import key_from_environment

    return key_from_environment()


def _gemini_models(_: Mapping[str, Any]) -> Sequence[tuple[str, Any]]:
    from relief_widget.depth.gemini import MODELS

    return [(model.label, name) for name, model in MODELS.items()]


def _gemini_sizes(chosen: Mapping[str, Any]) -> Sequence[tuple[str, Any]]:
    from relief_widget.depth.gemini.models import MODELS, SIZES

    model = MODELS.get(chosen.get("model") or "")
    return [(size, size) for size in (SIZES if model is None else model.sizes)]


def _gemini_price(made: Any) -> str:
    cost = made.estimate()
    return f"{made.label}: {cost if cost is not None else 'a price that is not known here'}"


def _gemini_offer(made: Any, photo: Photo | None, style: Style) -> Offer:
    from relief_widget.depth.gemini import PRICES_AS_OF, spending

    cost = made.estimate(photo, style)
    kept = cost is not None and cost.exact and cost.dollars == 0
    press = "Use the kept answer" if kept else "Generate" if cost is None else f"Generate ({cost})"
    price = (
        f"Prices as of {PRICES_AS_OF}, billed by Google to your key."
        if cost is not None
        else "The price of this model is not known here."
    )
    return Offer(press, f"Sends the photo to Google. {price} {str(spending).capitalize()}.", kept)


def _onnx(*, model: str = "", tell: Tell | None = None, **options: Any) -> DepthProvider:
    from relief_widget.depth.onnx import DEFAULT_MODEL, OnnxModel

    if tell is not None:
        options["progress"] = lambda done, total: tell(
            f"The model looks at the photo: {done} of {total}"
        )
        options["download_progress"] = lambda done, total: tell(
            f"Downloading the model: {done / 1e6:.0f} of {total / 1e6:.0f} MB"
        )
    return OnnxModel(model or DEFAULT_MODEL, **options)


def _onnx_names(table: str, first: str = "") -> Callable[[Any], Sequence[tuple[str, Any]]]:
    """Return what offers the names in one of the tables of local models."""

    def offers(_: Mapping[str, Any]) -> Sequence[tuple[str, Any]]:
        names = getattr(importlib.import_module("relief_widget.depth.onnx"), table)
        return [*([(first, None)] if first else []), *((name, name) for name in names)]

    return offers


def _onnx_sides(_: Mapping[str, Any]) -> Sequence[tuple[str, Any]]:
    # Pixels of the side that the kind of model names, the shorter or the longer.
    sides = (504, 700, 1008, 1400)
    return [("As the model likes", None), *((f"{side} pixels", side) for side in sides)]


def _onnx_download(made: Any) -> str:
    return "" if made.ready else f"To be downloaded: {made.notice}"


def _onnx_offer(made: Any, photo: Photo | None, style: Style) -> Offer:
    del photo, style
    note = "Runs on the machine that this page comes from, free of charge."
    if made.ready:
        return Offer(note=note)
    return Offer("Download and generate", f"{note} It is fetched first: {made.notice}")


_entries: dict[str, ProviderEntry] = {}
PROVIDERS: Mapping[str, ProviderEntry] = MappingProxyType(_entries)
"""The providers by name, in the order in which people see them."""


def register(entry: ProviderEntry) -> None:
    """Add a provider to the command line and the studio, in this process.

    Raises
    ------
    ValueError
        There is one of this name, or an option of one of its names that is read differently.
    """
    if entry.name in _entries:
        raise ValueError(f"There is a provider named {entry.name!r} already.")
    for name, group in options_by_flag(entry).items():
        if len({(option.type, option.choices) for _, option in group}) > 1:
            raise ValueError(f"The option {name!r} is there already, and is read differently.")
    _entries[entry.name] = entry


def unregister(name: str) -> None:
    """Take a provider out again."""
    del _entries[name]


def options_by_flag(*more: ProviderEntry) -> dict[str, list[tuple[ProviderEntry, Option]]]:
    """Return the options of all providers, and of some more, by name with those that have them."""
    flags: dict[str, list[tuple[ProviderEntry, Option]]] = {}
    for entry in (*_entries.values(), *more):
        for option in entry.options:
            flags.setdefault(option.name, []).append((entry, option))
    return flags


NO_PROVIDER = ProviderEntry(name="", label="", help="", makes="")
"""Of what is not registered."""


def entry_of(provider: object, name: str = "") -> ProviderEntry:
    """Return the entry of a provider, or `NO_PROVIDER`.

    Parameters
    ----------
    provider
        A provider; None where a project file was opened that makes none again.
    name
        What its depth map calls it.
    """
    # A class of one's own that builds on a known one is taken for it.
    homes = {_where(made) for made in (provider, *type(provider).__mro__)}
    for entry in _entries.values():
        by_name = not entry.in_projects and name in (entry.name, entry.made_name)
        if _where(entry.makes) in homes or (provider is None and by_name):
            return entry
    return NO_PROVIDER


for _entry in (
    ProviderEntry(
        "builtin",
        "Shape estimate",
        "shape estimate, best for one clear subject (default for photos)",
        "relief_widget.depth.builtin:BuiltIn",
        redoes_mask=True,
        looks_for_subject=True,
        in_projects=True,
    ),
    ProviderEntry(
        "layers",
        "Logo or drawing, in levels",
        "a level for each colour (default for logos, drawings and lettering)",
        "relief_widget.depth.layers:Layers",
        options=(
            Option(
                "levels",
                "at most so many levels, or their colours, lowest first: '#ffffff,#203080'",
                type=_levels,
                metavar="N|COLOURS",
            ),
            Option(
                "high",
                "which colours are high; auto: those that differ most from the ground; ink: two "
                "heights, for stamps",
                choices=("auto", "dark", "light", "ink"),
            ),
        ),
        redoes_mask=True,
        in_projects=True,
    ),
    ProviderEntry(
        "luminance",
        "Brightness as height",
        "brightness is height, which is no depth but suits engraving",
        "relief_widget.depth.luminance:Luminance",
        in_projects=True,
    ),
    ProviderEntry(
        "gemini",
        "AI depth: Gemini",
        "Google's image models, billed to your own key",
        "relief_widget.depth.gemini.provider:Gemini",
        _gemini,
        (
            Option(
                "model",
                "nano-banana-2 (default), nano-banana-2-lite, nano-banana-pro, gemini-edit, "
                "or an id of Google's",
                "Model",
                default="nano-banana-2",
                hint="gemini-…",
                offers=_gemini_models,
                other="Model id",
            ),
            Option(
                "size",
                "of the depth map; default 2K",
                "Map size",
                metavar="1K|2K|4K",
                default="2K",
                offers=_gemini_sizes,
            ),
            Option(
                "subject",
                "what the photo shows, a hint",
                "Subject",
                hint="optional, such as: a lion's head",
            ),
            Option("words", "words of your own for the prompt", "Own words", hint="optional"),
            Option("fresh", "ask and pay again for what is kept", type=bool),
        ),
        asks_first=True,
        announces=_gemini_price,
        offer=_gemini_offer,
        key_from=_gemini_key,
        key_help="Google makes one at aistudio.google.com/apikey.",
    ),
    ProviderEntry(
        "onnx",
        "AI depth: local model",
        "a depth network on this machine",
        "relief_widget.depth.onnx.provider:OnnxModel",
        _onnx,
        (
            Option(
                "model",
                "an .onnx file, or a name on the hub",
                "Model file",
                hint="optional: an .onnx file on that machine, or a name on the hub",
                offers=_onnx_names("HUB_MODELS"),
            ),
            Option(
                "kind",
                "of the model, where its file does not tell",
                "Model kind",
                offers=_onnx_names("KINDS", "From the file"),
            ),
            Option(
                "variant",
                "of a model on the hub, such as fp32, fp16, int8 or q4f16",
                "Variant",
                offers=_onnx_names("VARIANTS", "Default"),
            ),
            Option(
                "side",
                "how large the network sees the photo, such as 1008; more is finer and slower",
                "Sees photo at",
                type=int,
                metavar="PIXELS",
                offers=_onnx_sides,
            ),
        ),
        asks_first=True,
        announces=_onnx_download,
        offer=_onnx_offer,
    ),
):
    register(_entry)
