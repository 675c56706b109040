"""Builds the browser side into the package, so that an installed wheel needs no Node."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_NAMES = ("viewer.js", "viewer.css", "upload.js", "upload.css")
_NAMES += ("mask_editor.js", "mask_editor.css", "shell.js", "shell.css")
_NAMES += (
    "key_field.js",
    "key_field.css",
    "number.js",
    "number.css",
    "autosave.js",
    "modes.js",
    "modes.css",
)


class FrontEnd(BuildHookInterface[Any]):
    """Bundles `js/` with npm and esbuild unless the bundle is there and newer than its sources."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is missing or older than its sources."""
        del version, build_data
        root = Path(self.root)
        static, js = root / "src" / "relief_widget" / "static", root / "js"
        built = [static / name for name in _NAMES]
        # A source distribution has the bundle; when its files were unpacked means nothing.
        released = (root / "PKG-INFO").exists()
        if all(path.exists() for path in built) and (released or not _is_stale(built, js)):
            return
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError(
                "The browser side is not built, and npm is not installed. Install Node.js 20 or "
                "newer and try again, or install a released wheel, which needs no Node."
            )
        # A developer's modules are left alone.
        if not all((js / "node_modules" / name).exists() for name in ("esbuild", "three")):
            # Not "ci": that fails where a registry lacks a package for another platform.
            options = ["--no-save", "--omit=dev", "--ignore-scripts"]
            subprocess.run([npm, "install", *options], cwd=js, check=True)
        subprocess.run([npm, "run", "build"], cwd=js, check=True)


def _is_stale(built: list[Path], js: Path) -> bool:
    sources = [*js.glob("src/**/*"), js / "package-lock.json", js / "build.mjs"]
    times = [path.stat().st_mtime for path in sources if path.exists()]
    return bool(times) and max(times) > min(path.stat().st_mtime for path in built)
