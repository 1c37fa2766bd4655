"""The tables of lives, and the one function that changes a state."""

from __future__ import annotations

import itertools
from concurrent.futures import InvalidStateError

import pytest

from poolscope import states
from poolscope.future import Future
from poolscope.thread_worker import Worker
from poolscope.trace import recorder
from poolscope.trace.schema import Kind

Events = list[tuple[int, int, int, object, int]]


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Events:
    """What was emitted, in order, while it is on."""
    seen: Events = []

    def emit(kind: int, a: int, b: int, c: object, d: int) -> None:
        seen.append((kind, a, b, c, d))

    for name in ("emit", "emit_text", "declare"):
        monkeypatch.setattr(recorder, name, emit)
    return seen


LEGAL = {(one, to) for one, following in states.FUTURE_LIVES.items() for to in following}
ALL = set(itertools.product(states.FUTURE_LIVES, repeat=2))


def test_the_table_holds_the_five_states_of_the_standard_library() -> None:
    assert {
        (states.PENDING, states.RUNNING),
        (states.PENDING, states.CANCELLED),
        (states.PENDING, states.FINISHED),
        (states.RUNNING, states.FINISHED),
        (states.CANCELLED, states.CANCELLED_AND_NOTIFIED),
    } == LEGAL


@pytest.mark.parametrize(("one", "to"), sorted(LEGAL))
def test_a_legal_change_is_made_and_recorded(one: str, to: str, events: Events) -> None:
    future: Future[None] = Future()
    future._state = one
    states.transition(future, to, 7, "", 1)
    assert future._state == to
    assert events == [(states.EVENT_OF[to], future._id, 7, 0, 1)]


@pytest.mark.parametrize(("one", "to"), sorted(ALL - LEGAL))
def test_an_illegal_change_raises_and_changes_nothing(one: str, to: str, events: Events) -> None:
    future: Future[None] = Future()
    future._state = one
    with pytest.raises(InvalidStateError, match=f"{one}.*cannot become {to}"):
        states.transition(future, to)
    assert future._state == one
    assert events == []


def test_the_event_is_recorded_before_the_state_can_be_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    future: Future[None] = Future()
    seen: list[str] = []
    monkeypatch.setattr(recorder, "emit", lambda *_event: seen.append(future._state))
    states.transition(future, states.RUNNING)
    assert seen == [states.PENDING]


def test_handing_over_is_recorded_as_sent(events: Events) -> None:
    future: Future[None] = Future()
    states.transition(future, states.RUNNING, event=states.SENT_EVENT)
    assert [event[0] for event in events] == [Kind.SENT]


def test_a_text_goes_with_the_event(events: Events) -> None:
    future: Future[None] = Future()
    states.transition(future, states.FINISHED, 3, "42", 0)
    assert events == [(Kind.FINISHED, future._id, 3, "42", 0)]


WORKER_LEGAL = {(one, to) for one, following in states.WORKER_LIVES.items() for to in following}


@pytest.mark.parametrize(("one", "to"), sorted(itertools.product(states.WORKER_LIVES, repeat=2)))
def test_a_worker_moves_by_its_table_alone(one: str, to: str) -> None:
    worker = Worker("w")
    worker.state = one
    if (one, to) in WORKER_LEGAL:
        states.move_worker(worker, to)
        assert worker.state == to
    else:
        with pytest.raises(InvalidStateError, match="cannot become"):
            states.move_worker(worker, to)
        assert worker.state == one


def test_a_worker_is_recorded_when_ready_and_when_gone(events: Events) -> None:
    worker = Worker("w")
    for to, b in ((states.IDLE, 5), (states.BUSY, 0), (states.IDLE, 0), (states.GONE, 0)):
        states.move_worker(worker, to, b)
    assert [(kind, a, b) for kind, a, b, _, _ in events] == [
        (Kind.WORKER_READY, worker.id, 5),
        (Kind.WORKER_GONE, worker.id, 0),
    ]
