"""The whole tool: photo in, settings, live view, files out; in a cell or as a page of its own."""

from __future__ import annotations

from functools import partial
from typing import Any

import ipywidgets as widgets

from relief_widget.app.ai_panel import AiPanel
from relief_widget.app.check_panel import CheckPanel
from relief_widget.app.controls import Controls, texts
from relief_widget.app.inputs import controlled
from relief_widget.app.live import LiveHeights, LiveObject, show_pictures, show_weight
from relief_widget.app.panels import (
    TONES,
    CropPanel,
    DepthMapsPanel,
    Header,
    PicturesPanel,
    SourcePanel,
    SubjectPanel,
)
from relief_widget.app.session import Session, stages_of
from relief_widget.app.shape_panel import ShapePanel
from relief_widget.app.size_panel import SizePanel
from relief_widget.app.size_panel import texts as size_texts
from relief_widget.app.strip_panel import StripPanel
from relief_widget.app.tiles_panel import TilesPanel
from relief_widget.app.view_frame import Pane, ViewFrame
from relief_widget.depth.builtin import prepare
from relief_widget.errors import ReliefError
from relief_widget.heights import HeightField
from relief_widget.image.encoding import thumbnail
from relief_widget.image.photo import Photo, PhotoSource, open_photo
from relief_widget.relief import Relief
from relief_widget.settings import ReliefSettings
from relief_widget.widgets.autosave import Autosave
from relief_widget.widgets.background import Debounced, run
from relief_widget.widgets.display import show_field, show_settings, show_source
from relief_widget.widgets.downloads import Downloads
from relief_widget.widgets.shell import Shell
from relief_widget.widgets.viewer import Viewer

# The page is there first.
_AT_LEISURE_S = 1.0


class ReliefApp(widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The relief studio as one widget.

    Parameters
    ----------
    photo
        A photo to begin with: path, bytes, PIL image, array or `Photo`. Without one the app opens
        on its example reliefs.
    **settings
        Any field of `ReliefSettings`.

    Attributes
    ----------
    session
        What it shows, and all that can be done with it.

    Raises
    ------
    ReliefError
        The photo cannot be used, or a setting is wrong.
    """

    def __init__(self, photo: PhotoSource | None = None, **settings: Any) -> None:
        session = self.session = Session(ReliefSettings().replace(**settings))

        self.viewer = Viewer(panel=False)
        self._shown: Photo | None = None
        tones = {tone.label: {"help": tone.help, "unit": tone.unit} for tone in TONES.values()}
        self.frame = Shell(texts=texts() | size_texts() | tones)
        self.controls = Controls(self.viewer, self._set, session.fail)
        self.pictures = PicturesPanel()
        # In this order: what is looked at first, then what is set, and last what is said of both.
        session.subscribe(self._show_draft, "draft")
        session.subscribe(self._show_relief, "relief")
        session.subscribe(self._show_settings, "height", "edits", "object", "body", "display")
        self._pictured = show_pictures(session, self._show_pictures)
        self._heights = LiveHeights(session, self._show_heights, self._show_status)
        self.tiles = TilesPanel(session, self.viewer)
        self.header = Header(session, self.tiles.element)
        self.ai = AiPanel(self._generate, session.stop)
        self.source = SourcePanel(session, self.ai)
        self.strip = StripPanel(session)
        self.subject = SubjectPanel(session)
        self.crop = CropPanel(session)
        self.shape = ShapePanel(session)
        self.maps = DepthMapsPanel(session)
        self._object = LiveObject(session, self.viewer, self._show_status)
        show_weight(session, self.viewer)
        self.size = SizePanel(session, self.controls)
        self.check = CheckPanel(session, self.viewer)
        self.autosave = Autosave(session.kept)
        self.autosave.observe(self._not_kept, "problem")
        gestures = {
            "press": session.history.press,
            "release": session.history.release,
            "undo": self._undo,
            "redo": self._redo,
            "close": session.say,
        }
        self.frame.on_gesture(lambda kind: gestures.get(kind, lambda: None)())
        Downloads(self.viewer, self._object.exported)
        session.subscribe(self._show_status)

        self.view = ViewFrame(
            self.viewer,
            self.frame,
            Pane("subject", "Subject", self.subject.element),
            Pane("crop", "Crop", self.crop.element),
            Pane("shape", "Shape", self.shape.element, replaces=False),
        )
        body = widgets.HBox([self.view.element, self._tools()], _dom_classes=("relief-body",))
        super().__init__([self.header.element, body, self.autosave])
        self.add_class("relief-app")
        self.add_class("is-empty")
        self._show_settings()
        self._show_status()
        # While the first photo is being chosen. What is wrong with it is said once it is wanted.
        load = partial(run, prepare, lambda _: None, lambda _: None)
        self._loading = Debounced(load, _AT_LEISURE_S, in_script=False)
        if photo is not None:
            session.open(open_photo(photo))
            if session.problem is not None:
                raise session.problem
        else:
            self._loading.start()

    @property
    def relief(self) -> Relief | None:
        """The relief as it is now; None until there is one."""
        return self.session.relief

    def _tools(self) -> widgets.Tab:
        settings = [
            self.strip.element,
            self.source.element,
            self.size.element,
            *self.controls.groups.values(),
        ]
        panels = {
            "Settings": widgets.VBox(settings, _dom_classes=("relief-settings",)),
            "Check": self.check.element,
            "Depth maps": self.maps.element,
            "Pictures": self.pictures.element,
        }
        tools = widgets.Tab(list(panels.values()), titles=list(panels))
        tools.add_class("relief-tools")
        tools.observe(
            lambda change: self.check.look(tools.children[change["new"]] is self.check.element),
            "selected_index",
        )
        return tools

    def _set(self, name: str) -> None:
        value = self.controls.value(name)
        if name == "size_mm":
            self.session.resize(value)
            # One that was refused is the one before again.
            self.controls.set_values({name: self.session.settings.size_mm})
        else:
            self.session.replace(**{name: value})

    def _undo(self) -> None:
        """Take back what was done last where one looks: a crop that is not applied yet, too."""
        if self.view.shows("crop") and self.crop.history.can_undo:
            self.crop.undo()
        else:
            self.session.undo()

    def _redo(self) -> None:
        if self.view.shows("crop") and self.crop.history.can_redo:
            self.crop.redo()
        else:
            self.session.redo()

    def _generate(self, changes: dict[str, Any], fresh: bool) -> None:
        self.session.generate(partial(self.ai.provider, fresh=fresh), **changes)

    def _not_kept(self, change: Any) -> None:
        if change["new"]:
            self.session.fail(
                ReliefError(
                    f"This browser does not keep the relief for a reload: {change['new']}.",
                    "Save it as a project: More…, then Project.",
                )
            )

    def _show_draft(self) -> None:
        """Show what is being made as soon as its form is known, or again what there is."""
        draft = self.session.draft
        if draft is None:
            if self.relief is None:
                self.add_class("is-empty")
            else:
                self._show_relief()
            return
        with self.viewer.hold_sync():
            self._show_source(draft.inputs.original, draft.relief, draft.settings.show_texture)
            self.controls.set_values(controlled(draft.settings))
            show_field(self.viewer, draft.field, coarse=True, painted=self.session.painted)
        self.remove_class("is-empty")

    def _show_relief(self) -> None:
        self._show_source(self.session.inputs.original, self.session.exported())
        self._show_settings()
        self.remove_class("is-empty")

    def _show_source(self, original: Photo | None, relief: Relief, textured: bool = True) -> None:
        if original is not self._shown:
            # What was being painted or cropped is gone with its photo.
            self._shown = original
            self.view.show_view()
        show_source(self.viewer, relief, textured=textured)

    def _show_settings(self) -> None:
        """Bring what shows the settings up to date."""
        if self.session.draft is not None:
            # Those of what is being made are shown, and what was changed since.
            return
        relief, settings = self.relief, self.session.settings
        self.controls.set_values(controlled(settings))
        show_settings(self.viewer, settings)
        self.controls.enable(
            settings, stages_of(relief), lithophane=self.session.state.is_lithophane
        )
        if relief is not None:
            self.autosave.follow(
                relief,
                self.viewer.name,
                photo=self.session.inputs.original,
                steps=self.session.steps,
            )

    def _show_heights(self, field: HeightField, coarse: bool) -> None:
        painted, curve = self._heights.painted, self._heights.curve
        show_field(self.viewer, field, coarse=coarse, painted=painted, curve=curve)
        if not coarse:
            self._pictured.start()
            self.shape.look()

    def _show_pictures(self, pictures: dict[str, bytes]) -> None:
        self.pictures.show(pictures)
        self.autosave.picture = thumbnail(pictures["relief"])

    def _show_status(self) -> None:
        session = self.session
        beside = self._heights.busy or self._object.busy
        with self.frame.hold_sync():
            self.frame.error = session.error
            self.frame.busy = session.busy or beside
            if session.busy:
                self.frame.status = session.doing
            else:
                ready = " · ".join(filter(None, [session.done, "ready"]))
                self.frame.status = "Working…" if beside else ready
        self.ai.working(session.busy)
