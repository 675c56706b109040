"""The depth maps of a photo that were made so far: to compare, and to choose from."""

from __future__ import annotations

import html

import ipywidgets as widgets

from relief_widget.app.inputs import Version
from relief_widget.app.session import Session, depth_picture
from relief_widget.depth.depth_map import DepthMap
from relief_widget.image.encoding import png

_THUMB_SIDE = 200


class DepthMapsPanel:
    """The versions side by side, with the figures of the one in use.

    Parameters
    ----------
    session
        What made them, and goes on with the one that the user wants.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tiles: dict[Version, tuple[widgets.VBox, widgets.Button]] = {}
        self._note = widgets.HTML("<p>Each depth map that is made of this photo is kept here.</p>")
        self._box = widgets.HBox(_dom_classes=("relief-versions",))
        self.report = widgets.HTML()
        self.element = widgets.VBox([self._note, self._box, self.report])
        session.subscribe(self._show, "relief", "inputs")

    @property
    def buttons(self) -> list[widgets.Button]:
        """Those that go on with a version, oldest first."""
        return [button for _, button in self._tiles.values()]

    def _show(self) -> None:
        """Show the versions, and which of them is in use."""
        relief = self._session.relief
        chosen = None if relief is None else relief.depth_map
        tiles = {
            version: self._tiles.get(version) or self._tile(version)
            for version in self._session.versions
        }
        for version, (box, button) in tiles.items():
            button.disabled = used = version.source.depth_map is chosen
            button.description = "In use" if used else "Use"
            (box.add_class if used else box.remove_class)("is-chosen")
        self._tiles = tiles
        self._box.children = [box for box, _ in tiles.values()]
        self.report.value = "" if chosen is None else report_html(chosen)

    def _tile(self, version: Version) -> tuple[widgets.VBox, widgets.Button]:
        picture = png(depth_picture(version.source.depth_map, _THUMB_SIDE))
        image = widgets.Image(value=picture, format="png")
        caption = widgets.HTML(f"<p>{html.escape(version.label)}</p>")
        button = widgets.Button(description="Use", tooltip=f"Use {version.label}")
        button.on_click(lambda _: self._session.choose(version))
        return widgets.VBox([image, caption, button], _dom_classes=("relief-version",)), button


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
