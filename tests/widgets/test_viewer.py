from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import traitlets

from relief_widget import Relief, ReliefError, ReliefSettings
from relief_widget.settings import controls
from relief_widget.settings.materials import materials
from relief_widget.widgets.display import object_bytes, preview_mesh
from relief_widget.widgets.viewer import Viewer
from tests.support.comm import Comm


@pytest.fixture
def viewer() -> Iterator[Viewer]:
    viewer = Viewer()
    yield viewer
    viewer.close()


@pytest.fixture
def sent(viewer: Viewer) -> Comm:
    return Comm(viewer)


def test_every_body_and_display_setting_is_a_trait_with_its_default(viewer: Viewer) -> None:
    settings = ReliefSettings()
    names = [name for name, control in controls().items() if control.in_browser]
    assert {name: getattr(viewer, name) for name in names} == {
        name: getattr(settings, name) for name in names
    }
    assert viewer.values() == {name: getattr(settings, name) for name in names}
    assert viewer.thickness_mm is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size_mm", 0),
        ("size_mm", 1e9),
        ("depth_intensity", 0.31),
        ("depth_intensity", math.nan),
        ("base_thickness", "thick"),
        ("depth_cutoff", -0.1),
        ("mode", "hollow"),
        ("mirror", 1),
        ("material", "gold"),
        ("mode", ["solid"]),
    ],
)
def test_a_value_out_of_range_is_refused_and_the_old_one_stays(
    viewer: Viewer, name: str, value: Any
) -> None:
    old = getattr(viewer, name)
    with pytest.raises((ReliefError, traitlets.TraitError)):
        setattr(viewer, name, value)
    assert getattr(viewer, name) == old


def test_the_refusal_says_what_is_allowed(viewer: Viewer) -> None:
    with pytest.raises(ReliefError, match=r"size_mm is 0.*1 to 10000 mm"):
        viewer.size_mm = 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("size_mm", -5), ("depth_intensity", 7), ("mode_index", 2), ("material_index", -1)],
)
def test_what_the_browser_sends_is_checked_too(viewer: Viewer, name: str, value: float) -> None:
    old = getattr(viewer, name)
    with pytest.raises(ReliefError):
        viewer.set_state({name: value})
    assert getattr(viewer, name) == old


@pytest.mark.parametrize("name", ["mode", "mirror", "material"])
def test_choices_and_their_places_follow_each_other(viewer: Viewer, name: str) -> None:
    choices = controls()[name].choices
    for place in [*range(len(choices)), 0]:
        setattr(viewer, f"{name}_index", place)
        assert getattr(viewer, name) is choices[place]
    for place in [*range(len(choices))[::-1], 1]:
        setattr(viewer, name, choices[place])
        assert getattr(viewer, f"{name}_index") == place


def test_the_browser_gets_labels_and_materials_in_the_order_of_the_places(viewer: Viewer) -> None:
    wired = {item["name"]: item for item in viewer.controls}
    assert wired["mirror"]["choices"] == ("auto", True, False)
    assert wired["mirror"]["labels"] == ["Auto", "On", "Off"]
    assert wired["material"]["labels"] == [item["label"] for item in viewer.materials]
    assert len(viewer.materials) == len(materials)
    assert not {item["kind"] for item in viewer.controls} - {"body", "display"}


def field(level: int) -> bytes:
    return np.full(6, level, "<u2").tobytes()


def test_heights_shape_and_number_go_out_in_one_message(viewer: Viewer, sent: Comm) -> None:
    viewer.show_heights(field(1), (2, 3), 1.5)
    (message,) = sent.messages
    assert message["shape"] == (2, 3)
    assert message["aspect"] == 1.5
    assert message["frame"] == 1
    assert sent.buffers == [["heights"]]


def test_equal_heights_are_not_sent_again(viewer: Viewer, sent: Comm) -> None:
    viewer.show_heights(field(1), (2, 3), 1.0)
    viewer.shown = 1
    sent.messages.clear()
    sent.buffers.clear()
    viewer.show_heights(field(1), (2, 3), 1.0)
    assert [name for paths in sent.buffers for name in paths] == []
    assert viewer.frame == 2


def test_one_height_field_is_on_its_way_at_a_time_and_the_newest_follows(
    viewer: Viewer, sent: Comm
) -> None:
    viewer.show_heights(field(0), (2, 3), 1.0)
    viewer.set_state({"shown": 1})
    sent.messages.clear()
    for level in range(1, 6):
        viewer.show_heights(field(level), (2, 3), 1.0, coarse=level < 5)
    assert viewer.heights == field(1)
    assert len(sent.messages) == 1
    viewer.set_state({"shown": 2})
    assert viewer.heights == field(5)
    assert viewer.frame == 3
    assert not viewer.coarse
    # Nothing is left to send.
    viewer.set_state({"shown": 3})
    assert viewer.frame == 3
    viewer.show_heights(field(6), (2, 3), 1.0)
    assert viewer.heights == field(6)


def test_a_late_acknowledgement_does_not_count_for_the_newer_field(viewer: Viewer) -> None:
    viewer.show_heights(field(1), (2, 3), 1.0)
    viewer.set_state({"shown": 1})
    viewer.show_heights(field(2), (2, 3), 1.0)
    viewer.show_heights(field(3), (2, 3), 1.0)
    viewer.set_state({"shown": 0})
    assert viewer.heights == field(2)
    viewer.set_state({"shown": 2})
    assert viewer.heights == field(3)


def test_before_a_browser_has_answered_nothing_is_held_back(viewer: Viewer) -> None:
    for level in range(1, 4):
        viewer.show_heights(field(level), (2, 3), 1.0)
        assert viewer.heights == field(level)


def test_where_nobody_acknowledges_heights_go_out_after_a_while(
    viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    viewer.show_heights(field(0), (2, 3), 1.0)
    viewer.set_state({"shown": 1})
    viewer.show_heights(field(1), (2, 3), 1.0)
    now += 1
    viewer.show_heights(field(2), (2, 3), 1.0)
    assert viewer.heights == field(1)
    now += 10
    viewer.show_heights(field(3), (2, 3), 1.0)
    assert viewer.heights == field(3)


def test_show_takes_the_settings_of_the_relief_and_those_of_the_view() -> None:
    relief = Relief.from_heights(np.eye(5), invert=True, size_mm=42, mode="planar")
    viewer = relief.show(depth_intensity=0.2, material="ceramic", panel=False)
    assert (viewer.invert, viewer.size_mm, viewer.mode) == (True, 42, "planar")
    assert (viewer.depth_intensity, viewer.material, viewer.panel) == (0.2, "ceramic", False)
    assert viewer.shape == (5, 5)
    assert np.frombuffer(viewer.heights, "<u2").tolist() == (np.eye(5) * 65535).ravel().tolist()
    viewer.close()


def test_a_height_setting_is_no_setting_of_a_view() -> None:
    with pytest.raises(ReliefError, match=r"no setting named 'smoothing'.*relief.replace"):
        Relief.from_heights(np.eye(5)).show(smoothing=3)
    with pytest.raises(ReliefError, match="size_mm"):
        Relief.from_heights(np.eye(5)).show(size_mm=-1)


def test_a_lithophane_says_its_thickness_and_its_stock() -> None:
    viewer = Relief.lithophane(np.eye(9), min_mm=0.8, max_mm=3.0, attenuation_per_mm=0.9).show()
    assert viewer.thickness_mm == (0.8, 3.0)
    assert viewer.attenuation_per_mm == pytest.approx(0.9, rel=0.2)
    viewer.close()


def test_where_no_widget_can_run_there_is_a_picture() -> None:
    viewer = Relief.from_heights(np.eye(64)).show()
    data, _ = viewer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/png"].startswith(b"\x89PNG")
    viewer.close()


HILLS = 0.5 + 0.5 * np.sin(np.mgrid[0:24, 0:30].sum(axis=0) / 4)


def test_a_view_shows_the_finished_object_and_follows_the_settings() -> None:
    assert Relief.from_heights(HILLS).show().object == b""
    coin = Relief.from_heights(HILLS, outline="circle", frame_mm=4)
    viewer = coin.show()
    first = viewer.object
    assert first == object_bytes(preview_mesh(coin))
    viewer.depth_intensity = 0.2
    assert viewer.object == object_bytes(preview_mesh(coin.replace(depth_intensity=0.2))) != first
    assert not viewer.bent
    assert Relief.from_heights(HILLS, bend="arc").show().bent


def test_an_object_that_cannot_be_made_leaves_the_plain_part(
    caplog: pytest.LogCaptureFixture,
) -> None:
    viewer = Relief.from_heights(HILLS, size_mm=20, frame_mm=40).show()
    assert viewer.object == b""
    assert "frame" in caplog.text


def test_a_lithophane_is_lit_from_behind_unless_it_has_a_material() -> None:
    lithophane = Relief.lithophane(np.uint8(255 * HILLS), mesh_quality=128)
    assert lithophane.show().material == "translucent_resin"
    assert lithophane.show(material="marble").material == "marble"
    assert lithophane.replace(material="ceramic").show().material == "ceramic"
