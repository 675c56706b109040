"""The app's slow work, done beside the event loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from relief_widget.app.session import Project, State, pictures, project_of
from relief_widget.depth.depth_map import DepthProvider
from relief_widget.errors import ReliefError
from relief_widget.heights import HeightField
from relief_widget.project import load_settings
from relief_widget.relief import Relief
from relief_widget.settings import ReliefSettings, controls


@dataclass(frozen=True)
class Made:
    """A state with all that is to be shown of it.

    Attributes
    ----------
    state
        The relief, and what it was made from.
    field
        Its heights.
    shown
        Its pictures, by name.
    said
        What is to be said of it, if anything.
    """

    state: State
    field: HeightField
    shown: dict[str, bytes]
    said: str = ""


def build(
    project: Project | Callable[[], Project],
    settings: ReliefSettings,
    provider: DepthProvider | None,
    made: Callable[[], Relief] | None,
) -> Made:
    """Return the relief of a project.

    Parameters
    ----------
    project
        The project, or what returns it.
    settings
        The relief's.
    provider
        Of its depth, where that is asked for.
    made
        Returns the relief where nothing has to be estimated.
    """
    given = project() if callable(project) else project
    relief = given.relief(settings, provider) if made is None else made()
    relief = relief.replace(**controlled(settings))
    return Made(State(given, relief), relief.height_field, pictures(relief))


def reopen(name: str, data: bytes, settings: str) -> Made:
    """Return the relief of a project file, with settings that were kept beside it, or none."""
    relief, said = Relief.open(data), f"{name} opened"
    if settings:
        try:
            relief = Relief(relief.source, load_settings(settings))
        except ReliefError as error:
            said = f"{said}. {error.message}"
    return Made(State(project_of(relief), relief), relief.height_field, pictures(relief), said)


def controlled(settings: ReliefSettings) -> dict[str, Any]:
    """Return the settings that have a control, by name."""
    return {name: getattr(settings, name) for name in controls()}
