"""Prove the install: sdist, wheel without Node, the Binder's pins, notebooks, the app in a browser.

    python scripts/check_install.py [--all-notebooks]

Builds the sdist, and the wheel from it with no Node in reach; installs that with the exact pins of
`.binder/requirements.txt` into an empty environment. There it executes the first notebook that a
visitor opens, or every one, serves the app alone and beside a notebook server as Binder does, and
opens both in a browser. Last it takes onnxruntime away, and sees that only the built-in depth goes
with it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, expect

from browser import StudioPage, chromium, free_port, running

ROOT = Path(__file__).parents[1]
WANTED = (
    *(
        f"relief_widget/static/{name}.{kind}"
        for name in ("viewer", "shell")
        for kind in ("js", "css")
    ),
    *(
        f"relief_widget/static/{name}.js"
        for name in (
            "upload",
            "mask_editor",
            "key_field",
            "number",
            "autosave",
            "strip",
            "modes",
            "shaper",
            "tiles",
        )
    ),
    "relief_widget/py.typed",
    "relief_widget/depth/builtin/relief_net.onnx",
    "relief_widget/examples/reliefs/logo.webp",
    "relief_widget/serve/voila/app.ipynb",
    "relief_widget/serve/voila/templates/relief/index.html.j2",
    "share/jupyter/voila/templates/relief/index.html.j2",
)
MOST_BYTES = 14_000_000
NODE = ("node", "npm", "npx")


def main() -> None:
    """Run all of it; stop with a sentence where something is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--all-notebooks", action="store_true", help="execute every notebook")
    every = parser.parse_args().all_notebooks
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        wheel = built_wheel(folder)
        python = environment(folder, wheel)
        run([python, "-c", "import relief_widget.widgets.viewer, relief_widget.app.studio"])
        notebooks(folder, python, "*.ipynb" if every else "first_relief.ipynb")
        with chromium() as browser:
            for name, url in served(folder, python):
                opens(browser, name, url)
        without_network(folder, python)


def say(text: str) -> None:
    """Say what is being done."""
    print(text, flush=True)


def run(command: list[str | Path], **options: object) -> None:
    """Run a command without Node in reach.

    Raises
    ------
    SystemExit
        It fails.
    """
    done = subprocess.run(
        [str(item) for item in command],
        env=without_node(),
        capture_output=True,
        text=True,
        **options,  # type: ignore[call-overload]
    )
    if done.returncode:
        shown = " ".join(str(item) for item in command[-3:])
        raise SystemExit(f"This failed: {shown}\n{(done.stdout + done.stderr)[-3000:]}")


def without_node() -> dict[str, str]:
    """Return the environment with a path that has no Node on it; Python is called by its own."""
    folders = os.environ["PATH"].split(os.pathsep)
    clean = [item for item in folders if not any((Path(item) / name).exists() for name in NODE)]
    return os.environ | {"PATH": os.pathsep.join(clean)}


def built_wheel(folder: Path) -> Path:
    """Return the wheel, built from the sdist without Node, with all that belongs in it."""
    say("Building the sdist, and the wheel from it without Node")
    run([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder], cwd=ROOT)
    (sdist,) = folder.glob("*.tar.gz")
    run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, sdist])
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        names = files.namelist()
    missing = [item for item in WANTED if not any(name.endswith(item) for name in names)]
    if missing:
        raise SystemExit(f"The wheel lacks {', '.join(missing)}.")
    if wheel.stat().st_size > MOST_BYTES:
        raise SystemExit(f"The wheel has {wheel.stat().st_size / 1e6:.1f} MB.")
    return wheel


def environment(folder: Path, wheel: Path) -> Path:
    """Return the Python of an empty environment with the Binder's pins and the wheel."""
    say("Installing it with the Binder's pins")
    pins = (ROOT / ".binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    extras = [line[1:] for line in pins if line.startswith(".")]
    exact = [line for line in pins if line and not line.startswith(".")]
    if len(extras) != 1 or not all("==" in line for line in exact):
        raise SystemExit("The Binder's requirements are not one package and exact pins.")
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    run([python, "-m", "pip", "install", "-q", *exact, f"{wheel}{extras[0]}"])
    return python


def notebooks(folder: Path, python: Path, pattern: str) -> None:
    """Execute the notebooks of a pattern."""
    for path in sorted((ROOT / "notebooks").glob(pattern)):
        say(f"Executing {path.name}")
        run([python.parent / "jupyter-execute", f"--output={folder / path.stem}", path])


def without_network(folder: Path, python: Path) -> None:
    """Where there is no onnxruntime, say so in a sentence; all that needs none works."""
    say("Uninstalling onnxruntime")
    run([python, "-m", "pip", "uninstall", "-q", "-y", "onnxruntime"])
    code = (
        "from relief_widget import Relief, ReliefError, example_photos as photos\n"
        "from relief_widget.depth import Layers, Luminance\n"
        "for provider in (Luminance(), Layers()):\n"
        "    Relief.from_photo(photos()['logo'], provider=provider).save('part.stl')\n"
        "Relief.lithophane(photos()['cat']).save('lithophane.stl')\n"
        "try:\n"
        "    Relief.from_photo(photos()['cat'])\n"
        "except ReliefError as error:\n"
        "    assert 'pip install onnxruntime' in str(error), error\n"
        "else:\n"
        "    raise SystemExit('Depth came from nowhere.')\n"
    )
    run([python, "-c", code], cwd=folder)


def served(folder: Path, python: Path) -> Iterator[tuple[str, str]]:
    """Yield the addresses of the app: served alone, and beside a notebook server."""
    for name, command, path in (
        ("alone", ["-m", "relief_widget", "app", "--no-browser", "--port={port}"], ""),
        (
            "as on Binder",
            [
                *("-m", "jupyter_server", "--no-browser", "--allow-root", "--port={port}"),
                *("--IdentityProvider.token=", "--ip=127.0.0.1"),
            ],
            "/voila/render/notebooks/app.ipynb",
        ),
    ):
        with _server(folder / name.replace(" ", "_"), python, command) as url:
            yield name, url + path


@contextmanager
def _server(folder: Path, python: Path, command: list[str]) -> Iterator[str]:
    folder.mkdir()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = [item.format(port=port) for item in command]
    with running([str(python), *arguments], f"{url}/voila/static/x", url, folder, cwd=ROOT):
        yield url


def opens(browser: Browser, name: str, url: str) -> None:
    """Open the app and an example in it."""
    say(f"Opening the app, served {name}")
    page = browser.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((url.split("/voila")[0], "ws:", "data:", "blob:"))
            else wrong.append(f"asked for {request.url}")
        ),
    )
    page.goto(url, timeout=90_000)
    studio = StudioPage(page)
    page.get_by_role("button", name="Logo").click(timeout=90_000)
    expect(studio.view).to_be_visible(timeout=90_000)
    studio.ready()
    if studio.settled().std() < 5:
        raise SystemExit(f"The app, served {name}, shows no relief.")
    if wrong:
        raise SystemExit(f"The app, served {name}, is not clean: {wrong[0]}")
    page.close()


if __name__ == "__main__":
    main()
