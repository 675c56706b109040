"""The depth maps of a photo that were made so far: to compare, and to choose from."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass

import ipywidgets as widgets
import numpy as np
from PIL import Image

from relief_widget.app.session import Project
from relief_widget.depth.depth_map import DepthMap
from relief_widget.heights.sources import Depth
from relief_widget.image.encoding import png

_THUMB_SIDE = 200
_MOST = 12


@dataclass(frozen=True, eq=False)
class Version:
    """A depth map of a photo.

    Attributes
    ----------
    label
        For people.
    project
        What it was made of.
    source
        The depth map, with photo and provider.
    """

    label: str
    project: Project
    source: Depth

    @property
    def repeats(self) -> bool:
        """Whether making it again gives the same, so that one of it is enough."""
        return not self.project.entry.asks_first


def label_of(project: Project, depth_map: DepthMap) -> str:
    """Return what to call a depth map."""
    origin = depth_map.origin
    name = origin.get("label") or project.label
    if project.entry.asks_first:
        name = f"{name}, {project.style}"
    return f"{name} · {origin['cost']}" if "cost" in origin else name


class Versions:
    """The depth maps of the present photo, oldest first; those of another photo are dropped."""

    def __init__(self) -> None:
        self.all: list[Version] = []

    def add(self, project: Project, source: Depth) -> None:
        """Remember a depth map; of those that can be made again only the newest."""
        made = Version(label_of(project, source.depth_map), project, source)
        kept = [
            version
            for version in self.all
            if _same_picture(version.project, project)
            and not (made.repeats and version.project.source == project.source)
        ]
        self.all = [*kept, made][-_MOST:]

    def of(self, project: Project) -> list[Version]:
        """Return those that show the same picture as a project."""
        return [version for version in self.all if _same_picture(version.project, project)]


def _same_picture(one: Project, other: Project) -> bool:
    return (one.original, one.turns % 4, one.crop) == (other.original, other.turns % 4, other.crop)


class DepthMapsPanel:
    """The versions side by side, with the figures of the one in use.

    Parameters
    ----------
    choose
        Called with the version that the user wants.
    """

    def __init__(self, choose: Callable[[Version], None]) -> None:
        self._choose = choose
        self._tiles: dict[int, tuple[Version, widgets.VBox, widgets.Button]] = {}
        self._note = widgets.HTML("<p>Each depth map that is made of this photo is kept here.</p>")
        self._box = widgets.HBox(_dom_classes=("relief-versions",))
        self._report = widgets.HTML()
        self.element = widgets.VBox([self._note, self._box, self._report])

    def show(self, versions: list[Version], chosen: DepthMap | None) -> None:
        """Show the versions, and which of them is in use."""
        tiles = {}
        for version in versions:
            tile = self._tiles.get(id(version)) or self._tile(version)
            tiles[id(version)] = tile
            used = version.source.depth_map is chosen
            button = tile[2]
            button.disabled = used
            button.description = "In use" if used else "Use"
            (tile[1].add_class if used else tile[1].remove_class)("is-chosen")
        self._tiles = tiles
        self._box.children = [tile[1] for tile in tiles.values()]
        self._report.value = "" if chosen is None else report_html(chosen)

    def _tile(self, version: Version) -> tuple[Version, widgets.VBox, widgets.Button]:
        picture = widgets.Image(value=thumbnail(version.source.depth_map), format="png")
        caption = widgets.HTML(f"<p>{html.escape(version.label)}</p>")
        button = widgets.Button(description="Use", tooltip=f"Use {version.label}")
        button.on_click(lambda _: self._choose(version))
        box = widgets.VBox([picture, caption, button], _dom_classes=("relief-version",))
        return version, box, button


def thumbnail(depth_map: DepthMap) -> bytes:
    """Return a small picture of a depth map, as PNG."""
    grey = Image.fromarray(np.rint(depth_map.values * 255).astype(np.uint8))
    grey.thumbnail((_THUMB_SIDE, _THUMB_SIDE))
    return png(grey)


def report_html(depth_map: DepthMap) -> str:
    """Return the figures of a depth map; its warnings stand with the subject, for every source."""
    report = depth_map.report
    if report is None:
        return ""
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"
        for name, value in report.figures()
    )
    return f"<table class='relief-report'><caption>Quality of the depth map</caption>{rows}</table>"
