"""Where the files that come with the program lie: icons, lessons, sample traces."""

from __future__ import annotations

import ast
from pathlib import Path


def folder() -> Path:
    """The resources: inside the installed package, or beside the source roots of a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "resources"
    return installed if installed.is_dir() else package.parent.parent / "resources"


def lessons() -> dict[str, Path]:
    """Every lesson, a runnable script, by its name."""
    return {path.stem: path for path in sorted((folder() / "lessons").glob("*.py"))}


def title(lesson: Path) -> str:
    """The first line of a lesson's docstring: what one learns from it."""
    text = ast.get_docstring(ast.parse(lesson.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]
