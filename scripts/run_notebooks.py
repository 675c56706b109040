"""Execute the notebooks in place, so that what they show is what the package does.

    python scripts/run_notebooks.py [NOTEBOOK…]

Pictures are kept, for pages without a kernel; widget states and times are not.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
# What the app shows is nothing without a kernel.
LEFT_OUT = {"app.ipynb"}
MOST_BYTES = 1_000_000


def run(path: Path) -> None:
    """Execute one notebook and save it.

    Raises
    ------
    SystemExit
        It is larger than a page of a repository should be.
    """
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(
        notebook, resources={"metadata": {"path": str(FOLDER)}}, store_widget_state=False
    ).execute()
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
    size = path.stat().st_size
    print(f"{path.name:22} {size / 1000:6.0f} kB")
    if size > MOST_BYTES:
        raise SystemExit(f"{path.name} is larger than {MOST_BYTES / 1e6:g} MB: show less in it.")


if __name__ == "__main__":
    chosen = [Path(name) for name in sys.argv[1:]] or sorted(FOLDER.glob("*.ipynb"))
    for item in chosen:
        if item.name not in LEFT_OUT:
            run(item)
