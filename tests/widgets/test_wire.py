from __future__ import annotations

import re
import subprocess
import sys
import typing
from pathlib import Path

import pytest

from relief_widget.widgets import messages
from relief_widget.widgets.autosave import Autosave
from relief_widget.widgets.base import Widget
from relief_widget.widgets.key_field import KeyField
from relief_widget.widgets.mask_editor import MaskEditor
from relief_widget.widgets.modes import Modes
from relief_widget.widgets.shaper import Shaper
from relief_widget.widgets.shell import Shell
from relief_widget.widgets.strip import Strip
from relief_widget.widgets.upload import Upload
from relief_widget.widgets.viewer import Viewer

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts/generate_wire.py"
WIRE = ROOT / "js/src/generated/wire.ts"
WIDGETS = (Autosave, KeyField, MaskEditor, Modes, Shaper, Shell, Strip, Upload, Viewer)


def check(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "scripts" / SCRIPT.name), "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_what_the_browser_side_is_built_on_is_what_python_says() -> None:
    done = check(ROOT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("change", ["", "// More.\n"])
def test_another_text_is_out_of_date(tmp_path: Path, change: str) -> None:
    for path in (SCRIPT, WIRE):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    copy.write_text(copy.read_text(encoding="utf-8") + change, encoding="utf-8")
    done = check(tmp_path)
    assert (done.returncode != 0) == bool(change)
    assert ("out of date" in done.stderr) == bool(change)


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: widget.__name__)
def test_all_synced_traits_of_a_widget_are_there(widget: type[Widget]) -> None:
    text = WIRE.read_text(encoding="utf-8")
    name = f"export interface {widget.__name__}Traits {{\n"
    (inside,) = re.findall(f"{name}(.*?)\n}}", text, re.DOTALL)
    fields = set(re.findall(r"^  (\w+): ", inside, re.MULTILINE))
    assert fields == set(widget.class_own_traits(sync=True))


def test_no_two_messages_of_one_way_are_of_one_kind() -> None:
    for widget in WIDGETS:
        for way in (widget.sends, widget.receives):
            members = typing.get_args(way)
            kinds = [typing.get_type_hints(member)["kind"] for member in members]
            assert len(set(kinds)) == len(kinds)
    assert messages.PART_BYTES < 5 * 2**20
