"""A recording for a test, ended whatever happens; and everything that a trace holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from poolscope.trace import recorder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that this process records into."""
    path = tmp_path / "trace"
    recorder.start(path, role="test")
    yield path
    recorder.stop()
