"""What are you making? The tiles of the studio, and what follows the one that is chosen."""

from __future__ import annotations

import base64

from relief_widget.app.making import THINGS
from relief_widget.app.session import Session
from relief_widget.examples import tile_pictures
from relief_widget.widgets.tiles import Tile, Tiles
from relief_widget.widgets.viewer import Viewer


class TilesPanel:
    """The tiles: a grid before there is a photo, behind a button beside it.

    Parameters
    ----------
    session
        What makes them.
    viewer
        Whose first download is the file that suits what is made.
    """

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session, self._viewer = session, viewer
        self.element = Tiles(tiles=_tiles())
        self.element.on_choice(session.make)
        session.subscribe(self._show)

    def _show(self) -> None:
        session, thing = self._session, THINGS[self._session.making]
        with self.element.hold_sync():
            self.element.chosen = thing.name
            self.element.compact = session.relief is not None
        made = THINGS[session.state.making]
        with self._viewer.hold_sync():
            self._viewer.main, self._viewer.also = made.format, list(made.also)


def _tiles() -> list[Tile]:
    pictures = tile_pictures()
    return [
        Tile(
            name=name,
            label=thing.label,
            reason=thing.reason,
            picture=_data_url(pictures.get(name or "plain", b"")),
        )
        for name, thing in THINGS.items()
    ]


def _data_url(picture: bytes) -> str:
    return f"data:image/webp;base64,{base64.b64encode(picture).decode()}" if picture else ""
