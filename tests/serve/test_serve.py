from __future__ import annotations

import json
import re
from importlib.metadata import requires
from pathlib import Path

import relief_widget

ROOT = Path(__file__).parents[2]
PACKAGED = Path(relief_widget.__file__).parent / "serve" / "voila"


def test_the_app_is_two_lines() -> None:
    notebook = json.loads((PACKAGED / "app.ipynb").read_text(encoding="utf-8"))
    (cell,) = notebook["cells"]
    assert len(cell["source"]) == 2


def test_the_repository_serves_what_the_package_serves() -> None:
    for packaged, shown in (("app.ipynb", "notebooks/app.ipynb"), ("voila.json", "voila.json")):
        assert (PACKAGED / packaged).read_bytes() == (ROOT / shown).read_bytes()


def test_visitors_see_no_traceback_and_no_file() -> None:
    configuration = json.loads((ROOT / "voila.json").read_text(encoding="utf-8"))
    assert configuration["VoilaConfiguration"]["show_tracebacks"] is False
    assert configuration["VoilaConfiguration"]["file_allowlist"] == ["$^"]
    assert configuration["Voila"]["identity_provider_class"].endswith("VisitorIdentityProvider")
    assert configuration["MappingKernelManager"]["cull_idle_timeout"] <= 120


def test_the_app_brings_a_kernel() -> None:
    """Voilà has none of its own: without it every page is an error."""
    extra = re.compile("""extra == ['"]app['"]""")
    needed = [item for item in requires("relief_widget") or () if extra.search(item)]
    names = {re.split(r"[<>=!~ ;\[]", item)[0] for item in needed}
    assert {"ipykernel", "voila"} <= names
