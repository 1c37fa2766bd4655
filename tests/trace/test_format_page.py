"""FORMAT.md says what the code does. Run as a program, it writes the page's tables anew."""

from __future__ import annotations

import enum
import json
import re
import struct
from collections import Counter
from pathlib import Path

import pytest

from poolscope.trace import schema, upgrade
from poolscope.trace.reader import Reader
from poolscope.trace.schema import Kind
from tests.trace.everything import drain, of_kind

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
PAGE = RESOURCES / "FORMAT.md"
VALUES: tuple[type[enum.IntEnum], ...] = (
    schema.Role,
    schema.PoolKind,
    schema.Engine,
    schema.StartMethod,
    schema.WorkerEnd,
    schema.Outcome,
    schema.WaitKind,
    schema.ReturnWhen,
    schema.WaitOutcome,
    schema.LockKind,
    schema.Signal,
    schema.GaveUp,
)


def event_table() -> str:
    lines = ["| kind | event | a | b | c | d | |", "|---|---|---|---|---|---|---|"]
    for kind, event in schema.EVENTS.items():
        c = f"text: {event.c}" if event.text else event.c
        cells = [str(int(kind)), f"`{kind.name}`", event.a, event.b, c, event.d]
        cells.append("pinned" if event.pinned else "")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def value_table() -> str:
    lines = ["| name | values |", "|---|---|"]
    for values in VALUES:
        said = ", ".join(f"{value.value} {value.name.lower()}" for value in values)
        lines.append(f"| {values.__name__} | {said} |")
    return "\n".join(lines)


def with_tables(page: str) -> str:
    for name, table in [("events", event_table()), ("values", value_table())]:
        pattern = re.compile(rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        assert pattern.search(page)
        page = pattern.sub(lambda m, table=table: m[1] + table + "\n" + m[2], page)
    return page


def test_the_tables_are_those_of_the_schema() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_tables(page), (
        "run: PYTHONPATH=engine:. python tests/trace/test_format_page.py"
    )
    assert set(schema.EVENTS) == set(Kind) - {Kind.TEXT, Kind.TEXT_END}


def test_the_header_is_that_of_the_schema() -> None:
    page = PAGE.read_text(encoding="utf-8").partition("## The events")[0]
    fields = re.findall(r"^\| (\d+) \| `(\w+)` \|", page, re.MULTILINE)
    assert "<" + "".join(code for _, code in fields) == schema.HEADER.format
    offset = 0
    for said, code in fields:
        assert int(said) == offset
        offset += struct.calcsize("<" + code)
    assert f"| {offset} | | zeros up to {schema.HEADER_SIZE} |" in page
    lost = re.search(r"^\| (\d+) \| `Q` \| records .* could not", page, re.MULTILINE)
    assert lost is not None
    assert int(lost[1]) == schema.HEADER_LOST_OFFSET


def test_every_version_is_listed_has_a_sample_and_a_step() -> None:
    page = PAGE.read_text(encoding="utf-8")
    listed = [int(number) for number in re.findall(r"^\| (\d+) \| \d+\.\d+ \|", page, re.MULTILINE)]
    expected = list(range(1, schema.FORMAT_VERSION + 1))
    assert listed == expected
    assert sorted(path.name for path in (RESOURCES / "samples").iterdir()) == [
        f"v{number}" for number in expected
    ]
    assert sorted(upgrade._STEPS) == expected[:-1]


PLACE = Kind.PLACE_NUMBERED


@pytest.mark.parametrize("sample", sorted((RESOURCES / "samples").glob("v*/*.poolscope")), ids=str)
def test_a_sample_of_every_version_opens(sample: Path) -> None:
    expected = json.loads(sample.with_suffix(".expected.json").read_text(encoding="utf-8"))
    with Reader(sample) as reader:
        rows = drain(reader)
        assert reader.meta["format"] == schema.FORMAT_VERSION
        assert (reader.errors, reader.lost, reader.torn, reader.dropped) == ([], 0, 0, 0)
        assert reader.finished
    assert Counter(Kind(row.kind).name for row in rows) == expected["events"]
    assert sorted(row.text for row in of_kind(rows, Kind.SUBMITTED)) == expected["labels"]
    places = [f"{row.text} {row.b & 0xFFFFFFFF} {row.b >> 32}" for row in of_kind(rows, PLACE)]
    assert sorted(places) == expected.get("places", [])
    threads = {row.text for row in of_kind(rows, Kind.THREAD_STARTED)}
    assert sorted(threads) == expected["threads"]


def test_another_program_can_write_a_trace_from_the_page_alone(tmp_path: Path) -> None:
    """Nothing of ours is used to write: the numbers are the page's."""
    meta = {"format": 5, "created_ns": 1000, "created_wall_ns": 5, "pid": 77, "role": "foreign"}
    (tmp_path / "meta.json").write_text(json.dumps(meta))
    text = "a label of more than thirty bytes, é"
    data = text.encode()
    cells = data[:30] + struct.pack("<H", 1)
    cells += data[30:].ljust(25, b"\0") + struct.pack("<BIH", 55 - len(data), 9, 2)
    cells += struct.pack("<QqqIHH", 1500, 123, 456, 9, 1 | 7 << 1, 30)
    cells += bytes(25) + struct.pack("<BIH", 25, 0, 2)  # a cell that could not be filled
    cells += struct.pack("<QqqIHH", 1600, 123, 0, 0, 0, 39)
    cells += b"f(".ljust(25, b"\0") + struct.pack("<BIH", 23, 10, 2)
    cells += struct.pack("<QqqIHH", 1700, 456, 0, 10, 0, 17)
    cells += struct.pack("<QqqIHH", 1800, 124, -9, 10, 15, 47)
    cells += struct.pack("<QqqIHH", 1900, 124, 7, 81, 0, 48)
    fields = (b"POOLSCPE", 5, 128, 0, 42, 77, 3, 4711, 0, 6, 0, 0, b"their thread")
    header = struct.pack("<8sHHIqIIQQQQQ48s8x", *fields)
    (tmp_path / "t-77-ab-000000.chunk").write_bytes(header + cells + bytes(320))
    with Reader(tmp_path) as reader:
        submitted, cancelled, told, with_number, gave = drain(reader)
        assert submitted[1:] == (1500, Kind.SUBMITTED, 123, 456, 9, 15, text)
        assert cancelled[1:4] == (1600, Kind.CANCELLED, 123)
        assert told[1:] == (1700, Kind.CALL_TOLD, 456, 0, 10, 0, "f(")
        assert (*with_number[1:5], *with_number[6:]) == (
            1800,
            Kind.SUBMITTED,
            124,
            456,
            15,
            "f(-9)",
        )
        assert (*gave[1:5], *gave[6:]) == (1900, Kind.FINISHED, 124, 7, 0, "81")
        stream = submitted.stream
        assert (stream.thread, stream.pid, stream.native_id) == (42, 77, 4711)
        assert (stream.role, stream.name) == (3, "their thread")
        assert (reader.lost, reader.errors) == (6, [])


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
