"""A host of its own for a test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.far_end import FarEnd


@pytest.fixture
def host(tmp_path: Path) -> Iterator[FarEnd]:
    end = FarEnd(tmp_path / "trace")
    yield end
    end.close()
