"""The whole tool: photo in, settings, live view, files out; in a cell or as a page of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import ipywidgets as widgets

from relief_widget.app.ai_panel import AiPanel
from relief_widget.app.check_panel import CheckPanel
from relief_widget.app.controls import Controls, texts
from relief_widget.app.depth_maps import DepthMapsPanel, Version, Versions
from relief_widget.app.doubts import brief, doubts_of, found_subject
from relief_widget.app.history import History
from relief_widget.app.layout import columns, tabs
from relief_widget.app.live_heights import LiveHeights
from relief_widget.app.live_object import LiveObject, LiveWeight
from relief_widget.app.panels import (
    TONES,
    CropPanel,
    Header,
    PicturesPanel,
    SourcePanel,
    SubjectPanel,
)
from relief_widget.app.session import (
    Project,
    SourceName,
    State,
    refitted,
    stages_of,
    suited,
)
from relief_widget.app.size_panel import SizePanel
from relief_widget.app.status import Status
from relief_widget.app.work import Made, build, controlled, reopen
from relief_widget.depth.depth_map import DepthProvider
from relief_widget.depth.gemini import StoppedError
from relief_widget.depth.registry import entry_of
from relief_widget.errors import ReliefError
from relief_widget.examples import LOOKS, example_photos
from relief_widget.heights import HeightField, forget
from relief_widget.heights.sources import Depth
from relief_widget.image.photo import PhotoSource, open_photo
from relief_widget.relief import Relief
from relief_widget.settings import ReliefSettings, controls
from relief_widget.settings.presets import presets
from relief_widget.widgets.autosave import Autosave
from relief_widget.widgets.background import Newest, on_loop
from relief_widget.widgets.display import show_field, show_settings, show_source
from relief_widget.widgets.downloads import Downloads
from relief_widget.widgets.shell import Shell
from relief_widget.widgets.viewer import Viewer

_PROJECTS = (".relief", ".3mf")
_DRAWING = "It is a drawing, so each colour became a level; Source has the other ways"


class ReliefApp(widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The relief studio as one widget.

    Parameters
    ----------
    photo
        A photo to begin with: path, bytes, PIL image, array or `Photo`. Without one the app opens
        on its example reliefs.
    **settings
        Any field of `ReliefSettings`.

    Raises
    ------
    ReliefError
        The photo cannot be used, or a setting is wrong.
    """

    def __init__(self, photo: PhotoSource | None = None, **settings: Any) -> None:
        self._settings = ReliefSettings().replace(**settings)
        self._state: State | None = None
        self._saved: State | None = None
        self._history: History[State] = History()
        self._jobs = Newest()
        self._heights = LiveHeights(self._show, self._failed, self._tell)
        self._front_material = self._settings.material

        self.viewer = Viewer(panel=False)
        tones = {tone.label: {"help": tone.help, "unit": tone.unit} for tone in TONES.values()}
        self.frame = Shell(texts=texts() | tones)
        self._status = Status(self.frame)
        self.controls = Controls(self.viewer, self._control_changed)
        self.header = Header(self._opened, self._example, self._preset, self._undo, self._redo)
        self.header.reset.on_click(lambda _: self._reset())
        self.ai = AiPanel(self._generate, self._stop)
        self.source = SourcePanel(self._source_changed, self.ai)
        self.subject = SubjectPanel(self._mask_changed, self._find_subject)
        self.crop = CropPanel(self._crop_changed)
        self.pictures = PicturesPanel()
        self._versions = Versions()
        self._stopping = threading.Event()
        self.maps = DepthMapsPanel(self._choose_version)
        self._object = LiveObject(
            self.viewer, lambda: self.relief, self._failed, lambda: self._tell()
        )
        self._weight = LiveWeight(self.viewer, lambda: self.relief)
        self.size = SizePanel(self._mend, self._failed)
        self.check = CheckPanel(self.viewer, lambda: self.relief, self._mend, self._failed)
        Downloads(self.viewer, self._exported)
        self.autosave = Autosave(self._exported)
        self.autosave.observe(self._not_kept, "problem")

        tools = tabs(
            {
                "Photo, depth, relief": self.pictures.element,
                "Depth maps": self.maps.element,
                "Subject mask": self.subject.element,
                "Crop and rotate": self.crop.element,
                "Check": self.check.element,
            },
            lambda panel: self.check.look(panel is self.check.element),
        )
        body = columns(
            [self.viewer, tools],
            [self.source.element, self.size.element, *self.controls.groups.values()],
        )
        super().__init__([self.header.element, self.frame, body, self.autosave])
        self.add_class("relief-app")
        self.add_class("is-empty")
        self.controls.set_values(controlled(self._settings))
        self._tell()
        if photo is not None:
            opened = open_photo(photo)
            project = Project.begin(opened) if opened.mask is False else Project(opened)
            project = project.replace(source=suited(opened, "detailed"))
            self._build("photo", project, opened.name or "photo", fail_loudly=True)

    @property
    def relief(self) -> Relief | None:
        """The relief as it is now; None until there is one."""
        return self._state.relief if self._state is not None else None

    # Photo and source

    def _opened(
        self,
        name: str,
        data: bytes,
        *,
        look: ReliefSettings | None = None,
        style: SourceName | None = None,
    ) -> None:
        if name.lower().endswith(_PROJECTS):
            self._open_project(name, data)
            return
        present = self._state.project if self._state is not None else Project()
        self._build("photo", lambda: present.opened(name, data, style), name, settings=look)

    def _open_project(self, name: str, data: bytes) -> None:
        """Go on with a relief as it was saved."""
        # As the browser kept them, newer than the file.
        settings = self.header.upload.settings

        def done(made: Made) -> None:
            if self._state is not None:
                self._history.record(self._state, f"project {time.monotonic()}")
            self._status.done = made.said
            self._keep_version(made.state)
            self._adopt(made.state, made)

        self._start(f"{name}: opening…", lambda: reopen(name, data, settings), done, self._failed)

    def _example(self, name: str) -> None:
        """Open an example as its picture shows it."""
        path = example_photos().get(name)
        if path is not None:
            style, settings = LOOKS.get(name, ("detailed", {}))
            look = ReliefSettings(**settings)
            self._opened(path.name, path.read_bytes(), look=look, style=style)

    def _source_changed(self, changes: dict[str, Any]) -> None:
        present = self._state.project if self._state is not None else Project()
        project = present.replace(**changes)
        if project.source == "depth_map" and project.depth_map is None:
            self._status.done = "Choose a depth map: near is bright"
            self._tell()
            return
        if project.entry.asks_first:
            self._status.done = "Choose what to ask for, then press Generate"
            self._tell()
            return
        if project.source != "depth_map" and project.original is None:
            self._tell()
            return
        self._build("source", project, project.label)

    def _generate(self, changes: dict[str, Any], fresh: bool) -> None:
        """Ask for a depth map that is slow or costs money."""
        present = self._state.project if self._state is not None else Project()
        project = present.replace(**changes)
        self._stopping.clear()
        tell = on_loop(self._progressed)
        said = ""

        def progress(text: str) -> None:
            nonlocal said
            if self._stopping.is_set():
                raise StoppedError("The depth map was stopped.", "The last relief is still here.")
            if text != said:
                said = text
                tell(text)

        try:
            provider = self.ai.provider(project, fresh=fresh, progress=progress)
        except ReliefError as error:
            self._failed(error)
            return
        self._build("source", project, project.label, provider=provider)

    def _stop(self) -> None:
        self._stopping.set()

    def _progressed(self, text: str) -> None:
        self._status.doing = text
        self._tell()

    def _choose_version(self, version: Version) -> None:
        """Go on with a depth map that was made before."""
        if self._state is not None:
            self._history.record(self._state, f"map {time.monotonic()}")
        before = self._state
        self._adopt(State(version.project, Relief(version.source, self._settings)))
        self._fit_material(before)
        doubt = brief(doubts_of(self._state.relief)) if self._state is not None else ""
        self._status.say(" · ".join(filter(None, [version.label, doubt])))
        self._tell()

    def _mask_changed(self, mask: Any) -> None:
        if self._state is None:
            return
        relief, project = self._state.relief, self._state.project.replace(mask=mask)
        if project.entry.asks_first:
            # The depth is paid for, or took long: the mask steers its compression alone.
            self._build("mask", project, "New mask", made=lambda: relief.replace_mask(mask))
        else:
            self._build("mask", project, "New mask")

    def _find_subject(self) -> None:
        """Look for the subject, whatever the heights come from."""
        if self._state is None:
            return
        relief, present = self._state.relief, self._state.project
        photo = present.photo()
        if photo is None or entry_of(relief.provider).looks_for_subject:
            # It looks for the subject itself.
            self._build("search", present.replace(mask=None), "Search for the subject")
            return
        found = cache(lambda: found_subject(photo).mask)
        self._build(
            "search",
            lambda: present.replace(mask=found()),
            "Search for the subject",
            made=(lambda: relief.replace_mask(found())) if present.entry.asks_first else None,
        )

    def _crop_changed(self, changes: dict[str, Any]) -> None:
        if self._state is None:
            return
        present = self._state.project
        # A mask belongs to the pixels that it was painted on.
        project = present.replace(**changes, mask=None)
        if project.entry.asks_first:
            relief = self._state.relief
            self._build(
                "crop", project, "New crop", made=lambda: refitted(relief, present, project)
            )
        else:
            self._build("crop", project, "New crop")

    def _build(
        self,
        kind: str,
        project: Project | Callable[[], Project],
        name: str,
        *,
        settings: ReliefSettings | None = None,
        provider: DepthProvider | None = None,
        made: Callable[[], Relief] | None = None,
        fail_loudly: bool = False,
    ) -> None:
        """Estimate the depth beside the event loop; the relief that there is stays until then."""
        wanted = settings or self._settings
        started = time.monotonic()

        def done(result: Made) -> None:
            before, state = self._state, result.state
            if before is not None:
                self._history.record(before, f"{kind} {started}")
            taken = f"{name} in {time.monotonic() - started:.1f} s"
            drawn = kind == "photo" and state.project.source == "layers"
            doubt = _DRAWING if drawn else brief(doubts_of(state.relief, sought=kind == "search"))
            self._status.done = " · ".join(filter(None, [taken, doubt]))
            self._keep_version(state)
            if settings is None and controlled(self._settings) != controlled(wanted):
                # Settings that were changed meanwhile count.
                relief = state.relief.replace(**controlled(self._settings))
                self._adopt(State(state.project, relief))
            else:
                self._adopt(state, result)
            if kind in ("source", "photo"):
                self._fit_material(before)

        def failed(error: Exception) -> None:
            self._failed(error)
            self._show_panels()
            if fail_loudly:
                raise error

        work = partial(build, project, wanted, provider, made)
        self._start(f"{name}: working…", work, done, failed)

    def _start(
        self,
        doing: str,
        work: Callable[[], Made],
        done: Callable[[Made], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._status.say("")
        self._status.doing = doing
        self._jobs.run(work, done, failed)
        self._tell()

    def _keep_version(self, state: State) -> None:
        if isinstance(state.relief.source, Depth):
            self._versions.add(state.project, state.relief.source)

    def _adopt(self, state: State, made: Made | None = None) -> None:
        """Make `state` the present one; unless it is all `made`, its heights are computed first."""
        old = self._state.relief.depth_map if self._state is not None else None
        if old is not None and old is not state.relief.depth_map:
            # A depth map in the history can do its stages again.
            forget(old)
        self._state = state
        self._settings = state.relief.settings
        show_source(self.viewer, state.relief)
        self._show_settings()
        if made is not None:
            self._show(state.relief, made.field, made.shown)
        else:
            self._heights.compute(state.relief)
        self._show_panels()
        self._object.follow()
        self._weight.follow()
        self.check.follow()
        self.header.upload.compact = True
        self.remove_class("is-empty")
        self._tell()

    def _fit_material(self, before: State | None) -> None:
        """Light a lithophane from behind, and go back to the material before it."""
        material = self._settings.material
        was_lithophane = before is not None and before.relief.is_lithophane
        if self._lithophane:
            if material != "translucent_resin":
                self._front_material = material
            material = "translucent_resin"
        elif was_lithophane and material == "translucent_resin":
            material = self._front_material
        if self._state is not None and material != self._settings.material:
            self._settings = self._settings.replace(material=material)
            relief = self._state.relief.replace(material=material)
            self._state = State(self._state.project, relief)
            self._show_settings()

    # Settings

    def _not_kept(self, change: Any) -> None:
        if change["new"]:
            self._failed(
                ReliefError(
                    f"This browser does not keep the relief for a reload: {change['new']}.",
                    "Save it as a project: More…, then Project.",
                )
            )

    def _control_changed(self, name: str) -> None:
        value = self.controls.value(name)
        try:
            changed = self._settings.replace(**{name: value})
        except ReliefError as error:
            self._failed(error)
            return
        if changed == self._settings:
            return
        if self._state is not None:
            self._history.record(self._state, name)
            self._state = State(self._state.project, self._state.relief.replace(**{name: value}))
        self._settings = changed
        self.header.forget_preset()
        self.controls.enable(changed, self._stages(), lithophane=self._lithophane)
        self.check.follow()
        kind = controls()[name].kind
        if kind == "height":
            self._follow()
        if kind != "display":
            self._status.say("")
            self._object.follow()
            self._weight.follow()
        self._tell()

    def _preset(self, name: str) -> None:
        preset = presets[name]
        settings = self._settings.replace(**preset)
        project = self._state.project if self._state is not None else Project()
        if project.source in ("detailed", "organic") and project.source != preset.style:
            project = project.replace(source=preset.style)
            if project.original is not None:
                self._build("preset", project, f"{preset.label} preset", settings=settings)
                return
        self._replace("preset", settings)

    def _reset(self) -> None:
        self.header.forget_preset()
        self._replace("reset", ReliefSettings())

    def _replace(self, kind: str, settings: ReliefSettings) -> None:
        values = controlled(settings)
        if self._state is not None:
            self._history.record(self._state, f"{kind} {time.monotonic()}")
            self._state = State(self._state.project, self._state.relief.replace(**values))
        self._settings = self._settings.replace(**values)
        self._show_settings()
        self.check.follow()
        self._follow()
        self._object.follow()
        self._weight.follow()
        self._tell()

    def _undo(self) -> None:
        if self._state is not None:
            self._return_to(self._history.undo(self._state))

    def _redo(self) -> None:
        if self._state is not None:
            self._return_to(self._history.redo(self._state))

    def _return_to(self, state: State) -> None:
        self.header.forget_preset()
        self._status.say("")
        self._adopt(state)

    def _exported(self) -> Relief:
        if self._state is None:
            raise ReliefError("There is no relief yet.", "Choose a photo first.")
        return self._state.relief

    def _mend(self, changes: dict[str, Any]) -> None:
        """Change what a check advises, or what a length asks for."""
        try:
            settings = self._settings.replace(**changes)
        except ReliefError as error:
            self._failed(error)
            return
        self._replace("check", settings)

    # What is shown

    def _follow(self) -> None:
        self._status.done = ""
        if self._state is not None:
            self._heights.follow(self._state.relief)

    def _show(self, relief: Relief, field: HeightField, shown: dict[str, bytes] | None) -> None:
        if self._state is None or relief.source is not self._state.relief.source:
            # Another photo, mask or source took its place while its heights were computed.
            return
        show_field(self.viewer, field, coarse=shown is None)
        if shown is not None:
            self.pictures.show(shown)

    @property
    def _lithophane(self) -> bool:
        return self.relief is not None and self.relief.is_lithophane

    def _stages(self) -> tuple[str, ...]:
        return stages_of(self._state.relief) if self._state is not None else ()

    def _show_settings(self) -> None:
        self.controls.set_values(controlled(self._settings))
        show_settings(self.viewer, self._settings)
        self.controls.enable(self._settings, self._stages(), lithophane=self._lithophane)

    def _show_panels(self) -> None:
        if self._state is None:
            return
        self.source.show(self._state.project)
        relief, mask = self._state.relief, self._state.project.mask
        self.subject.show(relief, mask, doubts_of(relief))
        self.crop.show(self._state.project)
        self.maps.show(self._versions.of(self._state.project), self._state.relief.depth_map)

    def _failed(self, error: Exception) -> None:
        self._status.fail(error)
        self._tell()

    def _tell(self) -> None:
        """Bring the status line and the buttons that follow the state up to date."""
        self._status.show(making=self._jobs.busy, busy=self._heights.busy or self._object.busy)
        self.ai.working(self._jobs.busy)
        if self._state is not None and self._state is not self._saved:
            self._saved = self._state
            self.autosave.follow(self._state.relief, self.viewer.name)
        if self._state is not None:
            self.size.show(self._state.relief)
        self.header.enable(undo=self._history.can_undo, redo=self._history.can_redo)
