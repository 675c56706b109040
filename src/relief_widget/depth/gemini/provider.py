"""The depth provider: a photo goes to a hosted image model, a checked depth map comes back."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from relief_widget import arguments
from relief_widget.depth.depth_map import DepthMap, Style, check_style
from relief_widget.depth.gemini.answers import (
    DRAFT,
    depth_map_of,
    is_draft,
    open_answer,
    read_answer,
    usage_of,
)
from relief_widget.depth.gemini.budget import Budget
from relief_widget.depth.gemini.cache import AnswerCache, Answers, default_folder, key_of
from relief_widget.depth.gemini.canvas import Canvas, canvas
from relief_widget.depth.gemini.cost import Cost, charged, estimate, spending
from relief_widget.depth.gemini.models import ImageModel, Size, answer_size, image_model
from relief_widget.depth.gemini.prompts import PROMPT_VERSION, prompt
from relief_widget.depth.gemini.secret import VARIABLES, Secret, given_key, key_from_environment
from relief_widget.depth.gemini.service import Progress, Request, Service, ask
from relief_widget.errors import DepthError
from relief_widget.image.photo import Photo, open_photo

# Answers take 10 to 120 s, 4K longer; beyond that something is wrong.
_LIMIT_S, _LIMIT_4K_S = 180.0, 300.0


@dataclass(frozen=True, eq=False)
class Gemini:
    """Provider: Google's hosted image models, with the user's own key.

    A depth map costs money (see `estimate`); an answer is kept on the disk and not paid for twice.
    What comes back is a plausible relief, not a measurement; it is checked and repaired where these
    models are known to go wrong, and ``depth_map.report`` says what was found.

    Parameters
    ----------
    model
        ``"nano-banana-2"``, ``"nano-banana-2-lite"``, ``"nano-banana-pro"``, ``"gemini-edit"`` (a
        second turn refines the first answer), any id of Google's, or an `ImageModel`.
    size
        ``"1K"``, ``"2K"`` or ``"4K"``, as far as the model has it; 2K by default.
    api_key
        Of Google AI Studio; else from ``GEMINI_API_KEY`` or ``GOOGLE_API_KEY``. It is never shown,
        saved or pickled.
    subject
        What the photo shows, such as ``"a lion's head"``: a hint.
    extra
        Words of one's own at the end of the prompt.
    thinking
        Level of thought, where the model has levels; the least by default.
    cache
        True: keep answers in `default_folder`; a path: there; False: keep none; or what keeps them.
    fresh
        Ask again even if the answer is kept, and keep the new one.
    timeout_s
        Of one turn, with all tries; 180 s by default, 300 s for 4K.
    progress
        Called with what is being done, seconds since the start and seconds at most; an exception
        that it raises stops the call.
    vertexai, project, location
        Use Vertex AI instead of the Gemini Developer API.
    base_url
        Of a proxy.
    budget
        What the answers are paid from; without one, as many as are asked for.

    Raises
    ------
    DepthError
        The model has a mistyped name, does not offer the size, or the key cannot be one.
    """

    model: str | ImageModel = "nano-banana-2"
    size: str | None = None
    api_key: str | Secret | None = field(default=None, repr=False)
    subject: str = ""
    extra: str = ""
    thinking: str | None = None
    cache: bool | str | Path | Answers = True
    fresh: bool = False
    timeout_s: float | None = None
    progress: Progress | None = field(default=None, repr=False)
    vertexai: bool = False
    project: str | None = None
    location: str | None = None
    base_url: str | None = None
    budget: Budget | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        model = image_model(self.model)
        object.__setattr__(self, "model", model)
        object.__setattr__(self, "size", model.size(self.size))
        object.__setattr__(self, "api_key", given_key(self.api_key))
        thinking = self.thinking if isinstance(self.thinking, str) else ""
        if self.thinking is not None and thinking not in model.thinking:
            raise DepthError(
                f"{model.label} has no level of thought named {arguments.shown(self.thinking)}.",
                f"It has {', '.join(model.thinking) or 'none'}.",
            )
        if self.timeout_s is not None:
            hint = "Give seconds, such as 180."
            arguments.number(
                "timeout_s", self.timeout_s, 0.001, 86_400, hint=hint, error=DepthError
            )
        for name in ("subject", "extra"):
            arguments.text(name, getattr(self, name), error=DepthError)
        for name in ("project", "location", "base_url"):
            if getattr(self, name) is not None:
                arguments.text(name, getattr(self, name), error=DepthError)
        for name in ("fresh", "vertexai"):
            arguments.flag(name, getattr(self, name), error=DepthError)
        # Before anything is paid for, not after.
        if not isinstance(self.cache, bool):
            arguments.path("cache", self.cache, error=DepthError)
        if self.progress is not None and not callable(self.progress):
            told = f"progress is {arguments.shown(self.progress)}, no function."
            raise DepthError(told, "Give a function of a text, the seconds and the limit.")

    def __call__(self, photo: Photo, style: Style = "detailed") -> DepthMap:
        """Ask for the depth of a photo, or take the answer that is kept.

        Parameters
        ----------
        photo
            Upright; its mask steers the compression.
        style
            ``"detailed"`` or ``"organic"``.

        Returns
        -------
        DepthMap
            Depth of the answer's own size, cropped to the photo, with ``report``.

        Raises
        ------
        DepthError
            There is no depth map; the message says why and the hint what to do. Its subclasses
            `RefusedError`, `MayBeChargedError` and `StoppedError` tell the kinds apart.
        """
        check_style(style)
        photo = open_photo(photo)
        sent = canvas(photo, self._size)
        words = self._words(style, padded=sent.padded)
        key = self._key(sent, words)
        kept = self._kept(key)
        if kept is not None:
            # Where what was kept is of no use, it is asked for again.
            with contextlib.suppress(DepthError):
                return self._depth_map(photo, style, sent, kept[0], "nothing, kept from before")
        with self._paying(words) as paid:
            data, cost, doubts = self._generate(sent, style, words, paid)
        store = self._store()
        if store is not None:
            notes: dict[str, Any] = {
                "model": self._model.id,
                "size": self._size,
                "prompt": PROMPT_VERSION,
            }
            notes |= {"dollars": cost.dollars, "exact": cost.exact} if cost is not None else {}
            if not doubts and not store.put(key, data, notes):
                doubts = (
                    "The answer could not be kept: the same request would be paid for again.",
                )
        return self._depth_map(photo, style, sent, data, str(cost or "unknown"), doubts)

    def estimate(self, photo: Photo | None = None, style: Style = "detailed") -> Cost | None:
        """Return what a depth map will cost; None where the model's prices are not known.

        Nothing is asked for and nothing is sent. With a `photo`, a kept answer costs nothing.

        Raises
        ------
        DepthError
            The style is unknown.
        """
        check_style(style)
        sent = None if photo is None else canvas(open_photo(photo), self._size)
        words = self._words(style, padded=sent is None or sent.padded)
        if sent is not None and self._kept(self._key(sent, words)) is not None:
            return Cost(0.0, exact=True)
        return estimate(self._model, self._size, words)

    @property
    def label(self) -> str:
        """Model and size, for people."""
        return f"{self._model.label} {self._size}" if self._size else self._model.label

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"api_key": None, "progress": None}

    @property
    def _model(self) -> ImageModel:
        assert isinstance(self.model, ImageModel)
        return self.model

    @property
    def _size(self) -> Size | None:
        return self._model.size(self.size)

    def _store(self) -> Answers | None:
        if self.cache is False:
            return None
        if self.cache is True:
            return AnswerCache(default_folder())
        return AnswerCache(Path(self.cache)) if isinstance(self.cache, str | Path) else self.cache

    def _paying(self, words: str) -> contextlib.AbstractContextManager[list[Cost | None]]:
        """Return what is told the cost of each turn."""
        if self.budget is None:
            return contextlib.nullcontext([])
        return self.budget.taking(estimate(self._model, self._size, words))

    def _kept(self, key: str) -> tuple[bytes, dict[str, Any]] | None:
        """Return the answer that was kept under a key, unless a fresh one is wanted."""
        store = self._store()
        return None if store is None or self.fresh else store.get(key)

    def _words(self, style: Style, *, padded: bool, refining: bool = False) -> str:
        return prompt(
            style, subject=self.subject, extra=self.extra, padded=padded, refining=refining
        )

    def _key(self, sent: Canvas, words: str) -> str:
        return key_of(
            photo=sent.digest,
            model=self._model.id,
            refine=self._model.refine,
            size=self._size,
            ratio=sent.ratio,
            thinking=self._thinking,
            words=words,
            prompt_version=PROMPT_VERSION,
        )

    @property
    def _thinking(self) -> str | None:
        return self.thinking or (self._model.thinking[0] if self._model.thinking else None)

    def _service(self) -> Service:
        # The folder of "google" comes with other packages, too.
        if not all(importlib.util.find_spec(name) for name in ("google", "google.genai")):
            raise DepthError(
                "Gemini needs the package google-genai.", 'pip install "relief_widget[gemini]"'
            )
        key = given_key(self.api_key) or key_from_environment()
        if key is None and not self.vertexai:
            raise DepthError(
                "There is no API key for Gemini.",
                f"Give one as api_key or in {VARIABLES[0]}; it is made at "
                "aistudio.google.com/apikey.",
            )
        return Service(key, self.vertexai, self.project, self.location, self.base_url)

    def _generate(
        self, sent: Canvas, style: Style, words: str, paid: list[Cost | None]
    ) -> tuple[bytes, Cost | None, tuple[str, ...]]:
        """Return the answer's picture, what it cost, and doubts about it."""
        service = self._service()
        jpeg = sent.jpeg()
        data, cost, doubts = self._turn(service, sent, [jpeg], words, paid)
        if not self._model.refine:
            return data, cost, doubts
        more = self._words(style, padded=sent.padded, refining=True)
        try:
            refined, second, doubts = self._turn(service, sent, [jpeg, data], more, paid)
        except DepthError as error:
            # The first answer is paid for, and good enough to go on with.
            return data, cost, (f"The refining turn failed, this is the first one. {error}",)
        total = cost + second if cost is not None and second is not None else None
        return refined, total, doubts

    def _turn(
        self,
        service: Service,
        sent: Canvas,
        pictures: list[bytes],
        words: str,
        paid: list[Cost | None],
    ) -> tuple[bytes, Cost | None, tuple[str, ...]]:
        body = ask(
            service,
            Request(
                model=self._model.id,
                pictures=pictures,
                words=words,
                ratio=sent.ratio,
                size=self._size,
                thinking=self._thinking,
            ),
            limit_s=self.timeout_s or (_LIMIT_4K_S if self._size == "4K" else _LIMIT_S),
            progress=self.progress or (lambda *_: None),
        )
        usage = usage_of(body)
        cost = charged(self._model, self._size, usage)
        try:
            data = read_answer(body)
        except DepthError as error:
            if usage:
                spending.add(cost)
                paid.append(cost)
            if service.key is None:
                raise
            raise service.key.hide_from(error) from None
        spending.add(cost)
        paid.append(cost)
        # Opened here, so that a damaged picture is found before it is kept.
        open_answer(data, answer_size(sent.ratio, self._size))
        return data, cost, (DRAFT,) if is_draft(body) else ()

    def _depth_map(
        self,
        photo: Photo,
        style: Style,
        sent: Canvas,
        data: bytes,
        cost: str,
        doubts: tuple[str, ...] = (),
    ) -> DepthMap:
        made = depth_map_of(data, photo, style, sent, answer_size(sent.ratio, self._size))
        report = made.report
        if doubts and report is not None:
            report = dataclasses.replace(report, warnings=(*doubts, *report.warnings))
        origin = {
            "provider": "gemini",
            "model": self._model.id,
            "label": self.label,
            "prompt_version": str(PROMPT_VERSION),
            "cost": cost,
        }
        return dataclasses.replace(made, report=report, origin=origin)
