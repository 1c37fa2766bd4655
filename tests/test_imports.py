"""Who may import whom: the table of DESIGN, held against every import of every file.

Imports inside functions count as well: a lazy import is an arrow all the same. What is said here
and nowhere else: a new room needs a line in ``ROOMS`` before its first file passes.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
QT = {"PySide6", "shiboken6", "pyqtgraph"}


# Reading a trace needs numpy, so the rest of the trace's room, which records, may not touch it.
READING = (
    "poolscope.trace.reader",
    "poolscope.trace.tail",
    "poolscope.trace.at_length",
    "poolscope.trace.cells",
    "poolscope.trace.ends",
    "poolscope.trace.losses",
    "poolscope.trace.export",
)


class Room(NamedTuple):
    """A set of modules, and what their imports may begin with; the standard library always may."""

    name: str
    modules: tuple[str, ...]  # a trailing dot: everything inside; else this very module
    may: tuple[str, ...]


# The first room that a module fits is its room, so the special ones stand first.
ROOMS = (
    Room("the command line's door", ("app", "poolscope.__main__"), ("poolscope_gui.cli",)),
    Room(
        "trace reading",
        READING,
        ("poolscope.trace", "poolscope.version", "numpy"),
    ),
    Room("trace", ("poolscope.trace.",), ("poolscope.trace", "poolscope.version")),
    Room(
        "analysis",
        ("poolscope.analysis.",),
        ("poolscope.analysis", "poolscope.trace", "numpy", "perfetto"),
    ),
    Room("engine", ("poolscope.",), ("poolscope",)),
    Room(
        "model",
        ("poolscope_gui.model.",),
        ("poolscope_gui.model", "poolscope.analysis", "poolscope.trace", "numpy"),
    ),
    Room(
        "view",
        ("poolscope_gui.view.",),
        ("poolscope_gui.view", "poolscope_gui.model", "numpy", *QT),
    ),
    Room(
        "both sides",
        ("poolscope_gui.",),
        ("poolscope_gui", "poolscope", "numpy", "psutil", "rich", *QT),
    ),
)

# What a room may import by its prefix and yet may not: the engine is what runs in users' processes.
NEVER = {
    "engine": ("poolscope.analysis", *READING),
    "trace": READING,
}
# Files of the command line that must not name Qt at the top: `record` runs where there is none.
LAZY_QT = ("poolscope_gui", "poolscope_gui.__main__", "poolscope_gui.cli", "poolscope_gui.verbs")


def sources() -> Iterator[tuple[str, Path]]:
    """Every module of ours with its file."""
    yield "app", ROOT / "app.py"
    for root in (ROOT / "engine", ROOT / "gui"):
        for path in sorted(root.rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(module: str, path: Path) -> Iterator[tuple[int, str]]:
    """The absolute name of everything that a file imports, with its line."""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            named = [*base, *(node.module.split(".") if node.module else [])]
            for alias in node.names:
                # `from poolscope import analysis` is an arrow to the submodule, if it is one.
                yield (
                    node.lineno,
                    ".".join([*named, alias.name] if is_module(named, alias.name) else named),
                )


def is_module(package: list[str], name: str) -> bool:
    for root in (ROOT / "engine", ROOT / "gui"):
        place = root.joinpath(*package, name)
        if place.is_dir() or place.with_suffix(".py").exists():
            return True
    return False


def within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def room_of(module: str) -> Room | None:
    for room in ROOMS:
        for pattern in room.modules:
            if module == pattern.rstrip(".") or (pattern[-1] == "." and module.startswith(pattern)):
                return room
    return None


def wrong_arrows(module: str, path: Path) -> list[str]:
    room = room_of(module)
    if room is None:
        return [f"{module} is in no room: give it one in tests/test_imports.py"]
    found = []
    for line, name in imports(module, path):
        top = name.partition(".")[0]
        allowed = top in sys.stdlib_module_names or any(within(name, p) for p in room.may)
        if not allowed or any(within(name, p) for p in NEVER.get(room.name, ())):
            found.append(f"{path.relative_to(ROOT)}:{line} ({room.name}) imports {name}")
    return found


MODULES = dict(sources())


@pytest.mark.parametrize("module", MODULES)
def test_imports_only_what_its_room_may(module: str) -> None:
    assert not wrong_arrows(module, MODULES[module])


@pytest.mark.parametrize("module", [name for name in LAZY_QT if name in MODULES])
def test_qt_is_imported_only_where_a_window_opens(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in tree.body
        for alias in node.names
    }
    assert not {name for name in names if name.partition(".")[0] in {*QT, "numpy"}}


def test_the_table_catches_each_wrong_arrow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    (tmp_path / "engine/poolscope/analysis").mkdir(parents=True)
    (tmp_path / "engine/poolscope/trace").mkdir()
    bad = tmp_path / "bad.py"
    wrong = {
        "poolscope.future": "def f():\n    from . import analysis",
        "poolscope.thread_pool": "import numpy",
        "poolscope.trace.recorder": "from .. import future",
        "poolscope.analysis.store": "import poolscope.future",
        "poolscope_gui.model.layout": "from PySide6.QtCore import Qt",
        "poolscope_gui.view.timeline": "from poolscope.analysis.store import Store",
        "app": "import poolscope",
        "poolscope_gui.cli": "import requests",
        "elsewhere.module": "",
    }
    for module, source in wrong.items():
        bad.write_text(source, encoding="utf-8")
        assert wrong_arrows(module, bad), module
