"""The direction of imports: nothing points back up."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import relief_widget

ROOT = Path(relief_widget.__file__).parent

# What each part may import of the package, as prefixes; the design's table.
BASE = {"errors", "settings"}
MAY_IMPORT = {
    "errors": set(),
    "control": set(),
    "object_settings": {"control"},
    "settings": {"errors", "control", "object_settings"},
    "named_presets": BASE,
    "atomic": {"errors"},
    "colour": {"errors"},
    "photo": {"errors", "colour", "image_files"},
    "image_files": {"errors", "colour"},
    "filters": {"errors"},
    "debanding": {"errors", "filters"},
    "compression": {"errors", "filters"},
    "examples": set(),
    "depth": {
        "errors",
        "atomic",
        "colour",
        "photo",
        "image_files",
        "filters",
        "debanding",
        "depth",
    },
    "heights": BASE | {"filters", "compression", "depth"},
    "part": BASE | {"heights"},
    "triangles": {"errors", "part"},
    "finish": BASE | {"part", "triangles"},
    "mesh": BASE | {"heights", "part", "triangles"},
    "adaptive": {"errors", "part", "triangles"},
    "hillshade": {"errors", "filters", "heights"},
    "lithophane": {"errors"},
    "preflight": BASE | {"heights", "part"},
    "export": BASE | {"atomic", "materials", "part", "triangles", "photo", "depth"},
    "sources": BASE | {"photo", "filters", "depth", "heights", "lithophane"},
    # Its display methods alone import upwards, when they are called.
    "relief_body": BASE
    | {"sources", "photo", "depth", "heights", "part", "mesh", "lithophane", "hillshade"}
    | {"export", "adaptive", "triangles", "making", "finish", "project_file"},
    "relief": BASE
    | {"relief_body", "sources", "photo", "depth", "heights", "named_presets", "lithophane"}
    | {"image_files", "lengths", "viewer", "display", "interop", "preflight", "project_file"},
    "project_file": BASE
    | {"atomic", "depth", "export", "image_files", "lithophane", "photo", "relief"}
    | {"relief_body", "sources"},
    "lengths": {"errors"},
    "making": BASE | {"adaptive", "finish", "part", "triangles"},
    "materials": BASE,
    "viewer": BASE | {"materials"},
    "background": set(),
    "downloads": {"errors", "background", "export"},
    "page": {"errors", "atomic"},
    "interop": {"errors", "materials", "part", "relief"},
    "display": BASE
    | {
        "triangles",
        "image_files",
        "viewer",
        "downloads",
        "page",
        "heights",
        "photo",
        "sources",
        "relief",
    },
    "history": set(),
    "frame": set(),
    "upload": {"errors"},
    "mask_editor": {"errors"},
    "controls": BASE | {"viewer"},
    "studio": BASE | {"image_files", "photo", "filters", "depth", "heights", "relief", "sources"},
    "live_heights": {"background", "heights", "relief", "studio"},
    "check_panel": {"background", "display", "preflight", "relief", "viewer"},
    "autosave": {"background", "downloads", "project_file", "relief"},
    "live_object": {"background", "display", "errors", "relief", "triangles", "viewer"},
    "size_panel": {"errors", "lengths", "relief"},
    "key_field": {"errors"},
    "ai_panel": {"errors", "depth", "key_field", "photo", "studio"},
    "depth_maps": {"depth", "image_files", "sources", "studio"},
    "doubts": {"depth", "photo", "relief"},
    "app_panels": {
        "ai_panel",
        "doubts",
        "examples",
        "mask_editor",
        "upload",
        "named_presets",
        "photo",
        "relief",
        "sources",
        "studio",
    },
    "app_layout": set(),
    "app_status": {"errors", "frame"},
    "app_work": BASE | {"depth", "heights", "project_file", "relief", "studio"},
    "app": BASE
    | {
        "app_layout",
        "app_status",
        "app_work",
        "live_object",
        "size_panel",
        "autosave",
        "project_file",
        "preflight",
        "check_panel",
        "ai_panel",
        "depth",
        "depth_maps",
        "doubts",
        "sources",
    }
    | {"app_panels", "background", "controls", "display", "downloads", "examples", "frame"}
    | {
        "heights",
        "history",
        "live_heights",
        "named_presets",
        "photo",
        "relief",
        "studio",
        "viewer",
    },
    "kernels": set(),
    "serve": {"errors"},
    "cli_depth": {"errors", "depth", "photo"},
    "cli_settings": BASE | {"relief", "lengths"},
    "cli_files": BASE | {"cli_depth", "cli_settings", "export", "relief"},
    "cli": BASE
    | {
        "cli_depth",
        "cli_settings",
        "cli_files",
        "relief",
        "named_presets",
        "depth",
        "photo",
        "lithophane",
        "export",
        "serve",
    }
    | {"lengths", "preflight"},
    "__main__": {"cli"},
}


def _part(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def _imported(path: Path) -> set[str]:
    """Return the parts of the package that a module imports, wherever in the module it does so."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "relief_widget" and len(parts) > 1:
                found.add(parts[1])
    return found - {"__version__"}


def test_imports_point_one_way() -> None:
    modules = [path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py"]
    assert len(modules) > 10
    for path in modules:
        part = _part(path)
        assert part in MAY_IMPORT, f"{part} has no place in the design: give it one"
        wrong = _imported(path) - MAY_IMPORT[part] - {part}
        assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"


def _loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(run.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = _loaded_by("import relief_widget")
    assert not loaded & {"numpy", "scipy", "PIL", "trimesh", "tqdm", "argparse"}


def test_help_loads_nothing_heavy() -> None:
    loaded = _loaded_by("import relief_widget.cli as c; c._parser().format_help()")
    assert not loaded & {"numpy", "scipy", "PIL", "trimesh", "tqdm"}


def test_making_a_relief_does_not_load_trimesh() -> None:
    loaded = _loaded_by(
        "import numpy as np; from relief_widget import Relief; "
        "r = Relief.from_heights(np.eye(3)); r.part.z"
    )
    assert "trimesh" not in loaded


def test_public_names_are_complete_sorted_and_there() -> None:
    assert relief_widget.__all__ == sorted(relief_widget.__all__)
    for name in relief_widget.__all__:
        assert getattr(relief_widget, name) is not None
