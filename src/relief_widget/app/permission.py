"""What the one in front of the page may do with the machine behind it: all, or a visitor's part."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from relief_widget.depth.gemini.budget import Budget
from relief_widget.depth.gemini.cache import MemoryAnswers
from relief_widget.depth.gemini.secret import VARIABLES as KEYS
from relief_widget.depth.onnx import DEFAULT_MODEL
from relief_widget.depth.registry import Option
from relief_widget.errors import DepthError

VARIABLE = "RELIEF_WIDGET_PERMISSION"
"""Environment variable in which a server tells its kernels what is allowed."""

# Voilà sets it in every kernel that it starts: what is not told there is not allowed.
_SERVED = "VOILA_PREHEAT"


@dataclass(frozen=True)
class Permission:
    """What is allowed.

    Attributes
    ----------
    owner
        The one who started it: everything is.
    models
        Local models, by the names or paths that `OnnxModel` takes, for everybody else.
    dollars
        What all visitors together may spend with the machine's own key; 0 keeps it from them.
    folder
        Private one that all kernels of a server share: for what was spent, and for taking turns.
    """

    owner: bool = True
    models: tuple[str, ...] = ()
    dollars: float = 0.0
    folder: str = ""

    @classmethod
    def here(cls, environment: Mapping[str, str] = os.environ) -> Permission:
        """Return what is allowed in this process.

        All is in a notebook or a script, and nothing behind a server that does not say so.
        """
        told = environment.get(VARIABLE)
        if told is None:
            return cls(owner=_SERVED not in environment)
        try:
            read = json.loads(told)
            return cls(**read | {"models": tuple(read["models"])})
        except (ValueError, TypeError, LookupError):
            return cls(owner=False)

    @property
    def text(self) -> str:
        """For the environment variable."""
        return json.dumps(dataclasses.asdict(self))

    @property
    def shares_key(self) -> bool:
        """Whether the key in the environment may be used."""
        return self.owner or self.dollars > 0

    def kernel_environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return the environment for a visitor's kernel: without a key that it may not use."""
        kept = {
            name: value
            for name, value in environment.items()
            if self.shares_key or name not in KEYS
        }
        return kept | {VARIABLE: self.text}

    def offers(self, provider: str) -> bool:
        """Whether a provider is there at all, by its name."""
        return self.owner or provider != "onnx" or bool(self.models)


class Allowed:
    """What of the providers' options one page may use: checked where a provider is made.

    Parameters
    ----------
    permission
        What is allowed.
    """

    def __init__(self, permission: Permission) -> None:
        self.permission = permission
        # Nobody learns from a quick answer what somebody else has asked.
        self._answers = MemoryAnswers()

    def option(self, provider: str, option: Option) -> Option:
        """Return what a page offers for one of a provider's options."""
        if self.permission.owner or (provider, option.name) != ("onnx", "model"):
            return option
        # What lies where on this machine is nobody's business: a path is shown by its last part.
        models = [(_shown(model), model) for model in self.permission.models]
        default = models[0][1] if models else None
        return dataclasses.replace(
            option, label="Model", hint="", default=default, offers=lambda _: models
        )

    def options(
        self, provider: str, options: Mapping[str, Any], *, own_key: bool
    ) -> dict[str, Any]:
        """Return the options with which a provider is made.

        Parameters
        ----------
        provider
            Its name.
        options
            As they were chosen.
        own_key
            Whether a key was given on this page.

        Raises
        ------
        DepthError
            What was chosen is not allowed. That says nothing about what there is.
        """
        permission, given = self.permission, dict(options)
        if permission.owner:
            return given
        if provider == "onnx":
            model = given.get("model") or DEFAULT_MODEL
            if model not in permission.models:
                raise DepthError(
                    "This page uses no other models than those of its own list."
                    if permission.models
                    else "This page has no local models.",
                    "Choose another source, or run the studio on your own machine.",
                )
            return given | {"model": model}
        if provider == "gemini":
            given["cache"] = self._answers
            if not own_key and permission.dollars > 0:
                given["budget"] = Budget(permission.folder, permission.dollars)
        return given


def _shown(model: str) -> str:
    """Return a model's name for people: of a path the last part."""
    return PurePath(model).name if model.endswith(".onnx") else model
