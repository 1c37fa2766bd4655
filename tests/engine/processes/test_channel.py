"""The channel, both forms, with the worker's end in this very process."""

from __future__ import annotations

import errno
import gc
import os
import pickle
import socket
from collections.abc import Iterator

import pytest

from poolscope import channel, channel_packets, lifeline, wire
from poolscope.channel import Channel, WorkerEnd
from poolscope.channel_packets import PacketChannel
from poolscope.process_keeper import Wakeup
from tests.engine.processes.conftest import FORMS

WORKER = 7
TASK_ID = 2**62 + 1


@pytest.fixture(params=FORMS)
def both(request: pytest.FixtureRequest) -> Iterator[tuple[Channel, WorkerEnd]]:
    made = channel.FORMS[request.param](2)
    end = made.worker_end(WORKER)
    end.open()
    made.ready(WORKER)
    yield made, end
    made.close()
    end.close()


def reports(made: Channel) -> list[wire.Report]:
    found = []
    while (report := made.receive()) is not None:
        found.append(report)
    return found


@pytest.mark.parametrize("size", [0, 1, 60_000])
@pytest.mark.parametrize("recording", [b"", b"/some/folder"])
def test_a_task_goes_and_its_report_comes(
    both: tuple[Channel, WorkerEnd], size: int, recording: bytes
) -> None:
    made, end = both
    body = os.urandom(size)
    assert made.send(wire.TASK, TASK_ID, body, recording)
    received = end.receive()
    assert received is not None
    assert (received.kind, received.task, received.recording) == (wire.TASK, TASK_ID, recording)
    assert bytes(received.body or b"") == body
    del received
    end.send(wire.RESULT, wire.LAST, WORKER, TASK_ID, 123, body)
    (report,) = reports(made)
    assert report == (wire.RESULT, wire.LAST, WORKER, TASK_ID, 123, body)


def test_large_bodies_are_used_up_by_reading(both: tuple[Channel, WorkerEnd]) -> None:
    made, end = both
    if not isinstance(made, PacketChannel):
        pytest.skip("a pipe carries its bodies itself")
    value = os.urandom(3_000_000)
    assert made.send(wire.TASK, TASK_ID, wire.dumps(value), b"")
    received = end.receive()
    assert received is not None
    assert received.body is not None
    assert wire.loads(received.body) == value
    end.send(wire.RESULT, 0, WORKER, TASK_ID, 0, wire.dumps(value))
    (report,) = reports(made)
    assert report.body is not None
    assert wire.loads(report.body) == value


def test_the_end_is_seen_after_what_was_sent(both: tuple[Channel, WorkerEnd]) -> None:
    made, end = both
    made.send(wire.TASK, TASK_ID, b"last", b"")
    made.finish()
    first = end.receive()
    assert first is not None
    assert bytes(first.body or b"") == b"last"
    assert end.receive() is None


def test_wait_tells_what_was_watched_and_when_time_is_up(
    both: tuple[Channel, WorkerEnd],
) -> None:
    made, end = both
    mine, theirs = socket.socketpair()
    with mine, theirs:
        key = made.watch(mine)
        assert made.wait(0) == set()
        theirs.send(b"x")
        assert key in made.wait(None)
        made.unwatch(key)
        end.send(wire.RESULT, 0, WORKER, TASK_ID, 0, b"")
        assert key not in made.wait(None)
        assert len(reports(made)) == 1


def test_what_does_not_fit_waits_in_the_outbox() -> None:
    made = PacketChannel(2)
    end = made.worker_end(WORKER)
    end.open()
    body = bytes(50_000)
    sent = [made.send(wire.TASK, number, body, b"") for number in range(1, 30)]
    assert sent[0]
    assert not sent[-1]
    arrived = []
    while len(arrived) < len(sent):
        received = end.receive()
        assert received is not None
        arrived.append(received.task)
        del received
        made.flush()
    assert arrived == list(range(1, 30))
    # Left in the outbox with a descriptor each: closing lets go of them.
    for number in range(40):
        made.send(wire.TASK, number, bytes(100_000 if number % 2 else 50_000), b"")
    made.close()
    end.close()


def test_a_body_without_room_is_a_spill_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(wire.SpillError, match="no room to pass on a pickle of 100,000 bytes"):
        wire.spill(bytes(100_000))


def test_a_system_without_memory_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create")
    body = wire.mapped(wire.spill(pickle.dumps("set aside")))
    assert wire.loads(body) == "set aside"


def test_a_system_without_packet_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(errno.EPROTONOSUPPORT, "Protocol not supported")

    assert channel_packets.works()
    monkeypatch.setattr(socket, "socketpair", refuse)
    assert not channel_packets.works()


def test_reducers_registered_late_are_used() -> None:
    from multiprocessing.reduction import ForkingPickler

    class Local:
        pass

    with pytest.raises((AttributeError, pickle.PicklingError)):
        wire.dumps(Local())
    try:
        ForkingPickler.register(Local, lambda _value: (str, ("registered",)))
        assert wire.loads(wire.dumps(Local())) == "registered"
    finally:
        del ForkingPickler._extra_reducers[Local]  # type: ignore[attr-defined]
        wire._reducers_known = -1
    gc.collect()


def test_a_wake_up_never_blocks() -> None:
    wakeup = Wakeup()
    for _ in range(100_000):
        wakeup.wakeup()
    wakeup.clear()
    assert not wakeup._reader.poll(0)
    wakeup.wakeup()
    assert wakeup._reader.poll(0)
    wakeup.close()
    wakeup.wakeup()
    wakeup.clear()


def test_a_lifeline_is_forgotten_before_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread may fork meanwhile; its child abandons what it finds."""
    line, close = lifeline.Lifeline(), os.close
    found: list[int] = []

    def closing(fd: int) -> None:
        found.append(line._writing if found else line._reading)
        close(fd)

    monkeypatch.setattr(os, "close", closing)
    line.close()
    assert found == [-1, -1]
