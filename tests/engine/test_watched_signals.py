"""What is told of the standard library's events that we look on at."""

from __future__ import annotations

from pathlib import Path

from tests.engine.test_instrument import by_name, watched

LATE = """
import sys, threading
def asks(thread):
    frame = sys._current_frames().get(thread.ident)
    return frame is not None and frame.f_code.co_name in ("set", "wait", "__enter__") \\
        and frame.f_code.co_filename == threading.__file__
event = threading.Event()
event._cond.acquire()
setter = threading.Thread(target=event.set, name="setter")
setter.start()
while not asks(setter): pass
waiter = threading.Thread(target=event.wait, name="waiter")
waiter.start()
while not asks(waiter): pass
event._cond.release()
setter.join(); waiter.join()
one_more = threading.Event()
waiter = threading.Thread(target=one_more.wait, name="another")
waiter.start()
while not one_more._cond._waiters: pass
one_more.set()
waiter.join()
"""


def test_who_waits_for_an_event_begins_before_the_set_that_lets_it_go_on(tmp_path: Path) -> None:
    """The set was told before it had the event's lock; who began to wait meanwhile was let go on
    by nobody."""
    report = watched(tmp_path, LATE)
    names = {thread["id"]: thread["name"] for thread in report["threads"]}
    blocks = [block for lock in report["locks"] for block in lock["blocks"]]
    assert [block["outcome"] for block in blocks] == ["signalled"] * len(blocks)
    assert all(
        block["begin_ns"] <= block["released_by"]["ns"] <= block["end_ns"] for block in blocks
    )
    assert "another" in {names[block["thread"]] for block in blocks}
    assert by_name(report["locks"])["one_more (program.py:17)"]["contended"] == 1
