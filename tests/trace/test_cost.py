"""What an event costs is measured without a trace, and told in its description."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from poolscope.trace import cost, recorder


def test_it_is_a_time_and_leaves_nothing(tmp_path: Path) -> None:
    before = threading.active_count()
    assert 20 < cost.event_ns() < 100_000
    assert threading.active_count() == before
    assert recorder.folder() is None
    assert list(tmp_path.iterdir()) == []


def test_the_description_tells_it(tmp_path: Path) -> None:
    recorder.start(tmp_path / "t", role="test")
    recorder.stop()
    told = json.loads((tmp_path / "t" / "meta.json").read_text())["event_ns"]
    assert isinstance(told, int)
    assert told > 20
