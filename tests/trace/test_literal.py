"""Tasks of one string, and strings that tasks give, are told as they are; what is read is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter_ns

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from poolscope import naming
from poolscope.trace import call, literal, new_text, recorder, recording, schema, stream
from poolscope.trace.reader import Reader
from poolscope.trace.schema import Kind
from tests.trace.everything import Row, drain, emit, emit_text, of_kind, read

POOL = 5
WORKER = 6
HEAD = "fetch("
ANY = st.text(st.characters(), max_size=literal.SHORT - 1)
SAMPLES = ["", "a", "it's", "a\"b'c", "é" * 12, "é" * 13, "x" * 25, "x" * 26, "\0" * 77, "\ud800"]


def submit(task: int, value: str, head: str = HEAD) -> None:
    assert recorder.emit_call_string is not None
    recorder.emit_call_string(Kind.SUBMITTED, task, value, call.name(POOL, head), 7)


def give(task: int, value: str) -> bool:
    assert recorder.emit_string is not None
    return recorder.emit_string(task, value)


def tell(task: int, value: str) -> None:
    if not give(task, value):
        emit_text()(Kind.FINISHED, task, WORKER, naming.short_repr(value), 0)


def work() -> None:
    assert recorder.work_as is not None
    recorder.work_as(WORKER)


def rows_of(folder: Path, kind: Kind, b: int, d: int) -> list[Row]:
    recorder.stop()
    rows = of_kind(read(folder), kind)
    assert {(row.b, row.d) for row in rows} <= {(b, d)}
    times = [row.t for row in rows]
    assert times == sorted(times)
    return rows


def submitted(folder: Path) -> list[Row]:
    return rows_of(folder, Kind.SUBMITTED, POOL, 7)


def finished(folder: Path) -> list[Row]:
    return rows_of(folder, Kind.FINISHED, WORKER, 0)


def labels(values: Sequence[str]) -> list[str]:
    return [naming.label(fetch, (value,), None) for value in values]


def fetch(path: str) -> str:
    return path


fetch.__qualname__ = "fetch"


@given(ANY, st.integers(1, 79))
@example("\U000e0001" * 77, 79)
def test_what_is_shown_is_what_naming_makes_of_it(value: str, length: int) -> None:
    def function() -> None:
        pass

    function.__qualname__ = "f" * length
    assert literal.shown(value) == naming.short_repr(value)
    label = naming.label(function, (value,), None)
    assert literal.label("f" * length + "(", value) == label
    assert len(label) <= naming.LABEL_LIMIT


def test_each_string_of_many_chunks(folder: Path) -> None:
    values = [*SAMPLES, *(f"photos/{n}.jpg" * (n % 5) for n in range(40_000))]
    values = [value[: literal.SHORT - 1] for value in values]
    work()
    for task, value in enumerate(values):
        submit(task, value)
        tell(task, value)
    recorder.stop()
    assert len(list(folder.glob("t-*.chunk"))) > 3
    assert [(row.a, row.text) for row in submitted(folder)] == list(enumerate(labels(values)))
    shown = list(map(naming.short_repr, values))
    assert [(row.a, row.text) for row in finished(folder)] == list(enumerate(shown))


def test_a_string_that_comes_again_takes_one_cell(folder: Path) -> None:
    work()
    constant = "the same, and longer than one cell"
    for task in range(1, 20_001):
        tell(task, constant)
    assert {row.text for row in finished(folder)} == {repr(constant)}
    size = sum(path.stat().st_size for path in folder.glob("t-*.chunk"))
    assert size < 20_100 * schema.RECORD_SIZE


@pytest.mark.parametrize("between", [0, 1, 254, 255, 256, 1000])
def test_a_string_that_comes_again_after_other_texts(folder: Path, between: int) -> None:
    constant = "".join(["again", "!"])
    for task in (1, 2, 3):
        submit(task, constant)
        for number in range(between):
            emit_text()(Kind.SUBMITTED, 9, POOL, f"other {task} {number}", 7)
    rows = [row.text for row in submitted(folder) if row.a < 9]
    assert rows == labels([constant] * 3)


def test_equal_strings_are_told_apart_and_read_alike(folder: Path) -> None:
    values = ["".join(["a", "b"]) for _ in range(50)]
    for task, value in enumerate(values):
        submit(task, value, (HEAD, "other(")[task % 2])
    expected = [f"{('fetch', 'other')[task % 2]}('ab')" for task in range(50)]
    assert [row.text for row in submitted(folder)] == expected


def test_whose_worker_is_not_known_gives_nothing_in_short(folder: Path) -> None:
    emit()(Kind.STARTED, 1, 2, 0, 0)
    assert not give(1, "a")
    work()
    assert give(2, "b")
    assert [(row.a, row.text) for row in finished(folder)] == [(2, "'b'")]


@pytest.mark.parametrize("limit", range(1, 9))
def test_read_in_parts_of_any_size(folder: Path, limit: int) -> None:
    constant = "constant" * 9
    values = [constant if n % 3 else f"a string, {n}" * (n % 7) for n in range(60)]
    for task, value in enumerate(values):
        submit(task, value, (HEAD, "g(")[task % 2])
    recorder.stop()
    with Reader(folder) as reader:
        rows = of_kind(drain(reader, limit=limit), Kind.SUBMITTED)
        assert reader.errors == []
    expected = [
        f"{('fetch', 'g')[task % 2]}({naming.short_repr(value)})"
        for task, value in enumerate(values)
    ]
    assert [row.text for row in rows] == expected


def test_tasks_are_counted_in_the_headers(tmp_path: Path) -> None:
    folder = tmp_path / "trace"
    recorder.start(folder, role="test", quota_bytes=1 << 20)
    for task in range(60_000):
        submit(task, f"{task}.jpg")
    recorder.stop()
    with Reader(folder) as reader:
        rows = of_kind(drain(reader), Kind.SUBMITTED)
        assert 0 < len(rows) < 60_000
        assert len(rows) + reader.dropped == 60_000
    assert rows[-1].text == "fetch('59999.jpg')"


@pytest.fixture
def happens(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """What runs in the middle of recording, as a signal handler does: once, the last first."""
    handlers: list[Callable[[], None]] = []

    def clock() -> int:
        now = perf_counter_ns()
        if handlers:
            handlers.pop()()
        return now

    for module in (call, literal, new_text, recording, stream):
        monkeypatch.setattr(module, "perf_counter_ns", clock)
    return handlers


@pytest.mark.parametrize("same", [False, True])
@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("filled", [1, 3, 20_000])
def test_a_handler_records_in_the_middle(
    happens: list[Callable[[], None]], tmp_path: Path, filled: int, before: int, same: bool
) -> None:
    """It may tell the same string, or others, and fill the chunk."""
    folder = tmp_path / "trace"
    recorder.start(folder, role="test")
    work()
    constant = "constant"

    def handler() -> None:
        for number in range(filled):
            value = constant if same else f"constant {number}"
            submit(100_000 + number, value)
            give(200_000 + number, value)

    for task in range(before):
        submit(task, constant)
    happens.append(handler)
    for task in (3, 4, 5):
        submit(task, constant)
        give(task, constant)
    happens.append(handler)
    assert give(6, constant)
    submit(7, constant)
    rows = submitted(folder)
    mine = [*range(before), 3, 4, 5, 7]
    assert [(r.a, r.text) for r in rows if r.a < 10] == [(n, "fetch('constant')") for n in mine]
    told = [row.text for row in rows if row.a >= 100_000]
    values = [constant if same else f"constant {number}" for number in range(filled)]
    assert told == labels(values) * 2
    given = [row.text for row in finished(folder) if row.a < 10]
    assert given == ["'constant'"] * len(given)


def test_a_string_that_a_handler_has_covered_is_told_anew(
    happens: list[Callable[[], None]], tmp_path: Path
) -> None:
    """The reader remembers some that were told lately, not all of a chunk."""
    recorder.start(tmp_path / "trace", role="test")
    for task in (0, 1):  # the call has been told
        submit(task, "the first")
    happens.append(lambda: [submit(n, f"{n}") for n in range(100, 900)][:0].clear())
    submit(2, "constant")
    submit(3, "constant")
    recorder.stop()
    with Reader(tmp_path / "trace") as reader:
        rows = of_kind(drain(reader, limit=50), Kind.SUBMITTED)
        assert reader.errors == []
    assert [row.text for row in rows if row.a < 100] == labels(
        [*["the first"] * 2, *["constant"] * 2]
    )
    assert len({row.stream.index for row in rows}) == 1
    assert len(list((tmp_path / "trace").glob("t-*.chunk"))) == 1


@pytest.mark.parametrize("value", ["short", "one that takes more than one cell"])
def test_an_interrupt_while_a_string_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    """What was reserved for it is void, and the next task tells it anew."""
    raises: list[BaseException] = []

    def clock() -> int:
        if raises:
            raise raises.pop()
        return perf_counter_ns()

    monkeypatch.setattr(literal, "perf_counter_ns", clock)
    folder = tmp_path / "trace"
    recorder.start(folder, role="test")
    work()
    submit(1, "another")
    raises.append(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        submit(2, value)
    raises.append(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        give(2, value)
    submit(3, value)
    submit(4, value)
    assert give(5, value)
    assert recorder.statistics().lost == 2
    assert [row.text for row in submitted(folder)] == labels(["another", value, value])
    assert [(row.a, row.text) for row in finished(folder)] == [(5, repr(value))]


def test_a_number_out_of_range_is_lost_and_nothing_with_it(folder: Path) -> None:
    work()
    for task, value in [(1, "a"), (1 << 70, "b"), (2, "b"), (2, "b")]:
        submit(task, value)
        give(task, value)
    assert recorder.statistics().lost == 2
    assert [row.text for row in submitted(folder)] == labels(["a", "b", "b"])
    assert [row.text for row in finished(folder)] == ["'a'", "'b'", "'b'"]
