"""Print what the package's structure is like, in figures.

``python scripts/structure.py [SRC]``: of the sources here, or of another checkout's ``src``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import grimp

PACKAGE = "relief_widget"


def strongly_connected(graph: grimp.ImportGraph) -> list[set[str]]:
    """Return the groups of modules that import each other, directly or by way of others."""
    below = {module: graph.find_upstream_modules(module) for module in graph.modules}
    groups: list[set[str]] = []
    for module in sorted(graph.modules):
        group = {other for other in below[module] if module in below[other]} | {module}
        if len(group) > 1 and group not in groups:
            groups.append(group)
    return groups


def longest_chain(graph: grimp.ImportGraph, module: str, known: dict[str, list[str]]) -> list[str]:
    """Return the longest chain of imports that begins at a module, without going in circles."""
    if module not in known:
        known[module] = [module]
        chains = [
            longest_chain(graph, other, known)
            for other in graph.find_modules_directly_imported_by(module)
        ]
        known[module] = [module, *max(chains, key=len, default=[])]
    return known[module]


def main() -> None:
    """Print the figures."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "src"
    sys.path.insert(0, str(source.resolve()))
    root = source / PACKAGE
    graph = grimp.build_graph(PACKAGE, exclude_type_checking_imports=True, cache_dir=None)
    modules = sorted(root.rglob("*.py"))
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in modules)
    front_end = source.parent / "js" / "src"
    typescript = [
        path
        for suffix in ("ts", "css", "glsl")
        for path in front_end.rglob(f"*.{suffix}")
        if "generated" not in path.parts and not path.name.endswith(".test.ts")
    ]
    importers = {m: len(graph.find_modules_that_directly_import(m)) for m in graph.modules}
    circles = strongly_connected(graph)
    chain = longest_chain(graph, f"{PACKAGE}.cli", {})
    print(f"Python modules               {len(modules)}")
    print(f"  of them in the root        {len(list(root.glob('*.py')))}")
    print(f"  rooms                      {len({p.parent for p in modules} - {root})}")
    print(f"  with one importer          {sum(count == 1 for count in importers.values())}")
    print(f"  in circles                 {sum(map(len, circles))}, in {len(circles)} circles")
    for circle in circles:
        print(f"    {', '.join(sorted(m.removeprefix(PACKAGE + '.') for m in circle))}")
    print(f"imports between modules      {graph.count_imports()}")
    print(f"longest chain of imports     {len(chain)}")
    print(f"lines of Python              {lines}")
    text = (len(path.read_text(encoding="utf-8").splitlines()) for path in typescript)
    print(f"lines of the front end       {sum(text)}")


if __name__ == "__main__":
    main()
