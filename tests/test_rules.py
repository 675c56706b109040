"""Rules that the code around the package keeps, read off its syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("relief_widget", "tests")
# These take the name of an attribute as a string.
BY_NAME = ("getattr", "setattr", "delattr", "hasattr")


def is_private(name: str) -> bool:
    """Names like ``_repr_html_`` are protocols of others, as those with two underscores are."""
    return name.startswith("_") and not name.endswith("_")


def private_names(code: str) -> list[str]:
    """Return the private names of others that code uses: of the package, and of its objects.

    A class may use its own, and another library's module is that library's affair.
    """
    tree = ast.parse(code)
    foreign = {"self", "cls"} | set(_foreign(tree))
    return [f"{line}: {name}" for line, name in _used(tree, foreign)]


def _foreign(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] not in OURS:
                    yield alias.asname or alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] not in OURS:
            yield from (alias.asname or alias.name for alias in node.names)


def _used(tree: ast.Module, foreign: set[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name, value=owner) if is_private(name):
                if ast.unparse(owner).split(".")[0] not in foreign or "." in ast.unparse(owner):
                    yield node.lineno, ast.unparse(node)
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in OURS:
                for alias in node.names:
                    if any(map(is_private, [*module.split("."), alias.name])):
                        yield node.lineno, f"{module}.{alias.name}"
            case ast.Call(func=ast.Name() | ast.Attribute() as called) if (
                ast.unparse(called).split(".")[-1] in BY_NAME
            ):
                match node.args:
                    case [ast.Name(id=target), *_] if target in foreign:
                        continue
                    case [_, ast.Constant(value=str(name)), *_] if is_private(name):
                        yield node.lineno, ast.unparse(node)
            case ast.Constant(value=str(text)) if text.startswith(tuple(f"{o}." for o in OURS)):
                if any(map(is_private, text.split("."))):
                    yield node.lineno, text


@pytest.mark.parametrize(
    "code",
    [
        "from relief_widget._a import b",
        "from relief_widget.a import _b",
        "made._fit(1)",
        "Relief.open(x)._fit",
        "self.relief._fit",
        "import relief_widget.cli as c\nc._parser",
        "monkeypatch.setattr(made, '_fit', None)",
        "getattr(made, '_fit')",
        "patch('relief_widget.a._b')",
    ],
)
def test_private_names_are_found(code: str) -> None:
    assert len(private_names(code)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "self._mine = cls._mine",
        "made._repr_html_()",
        "made.__class__",
        "import asyncio\nasyncio._set_running_loop(None)",
        "from collections import namedtuple as n\nn._make",
        "getattr(made, name)",
        "def _helper(): pass\n_helper()",
    ],
)
def test_other_names_are_free(code: str) -> None:
    assert private_names(code) == []


@pytest.mark.parametrize("folder", ["tests", "scripts", "benchmarks"])
def test_nothing_outside_the_package_uses_its_private_names(folder: str) -> None:
    """They may be renamed by anyone at any time: what is tested is what a user notices."""
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    used = [
        f"{path.relative_to(ROOT)}:{name}"
        for path in files
        for name in private_names(path.read_text(encoding="utf-8"))
    ]
    assert not used, "\n".join(used)
