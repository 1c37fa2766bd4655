"""What tasks of a watched pool are called with, and what they give, is shown as it is."""

from __future__ import annotations

from pathlib import Path

from poolscope import naming
from poolscope.trace.schema import Kind
from tests.engine.test_instrument import watched
from tests.trace.everything import of_kind, read

VALUES = """[
    "", "a", "it's", 'both " and \\'', "line\\nfeed", "\\0", "\\ud800", "é" * 30, "x" * 25,
    "x" * 26, "x" * 77, "x" * 78, "x" * 500, Name("a name"), 0, -1, True, None, 1 << 70, 1.5,
    b"bytes", ("a", 1),
]"""
PROGRAM = f"""
from concurrent.futures import ThreadPoolExecutor
class Name(str):
    def __repr__(self): return f"<name {{self!s}}>"
def same(value): return value
values = {VALUES}
with ThreadPoolExecutor(1) as pool:
    for value in values:
        for _ in range(3):
            pool.submit(same, value).result()
    list(pool.map(same, values))
"""


class Name(str):
    __slots__ = ()

    def __repr__(self) -> str:
        return f"<name {self!s}>"


def same(value: object) -> object:
    return value


def test_arguments_and_results_of_every_sort(tmp_path: Path) -> None:
    tasks = watched(tmp_path, PROGRAM)["tasks"]
    values = eval(VALUES, {"Name": Name})
    expected = [*(value for value in values for _ in range(3)), *values]
    assert [task["name"] for task in tasks] == [naming.label(same, (v,), None) for v in expected]
    results = {row.a: row.text for row in of_kind(read(tmp_path / "trace"), Kind.FINISHED)}
    assert [results[int(task["id"])] for task in tasks] == [naming.short_repr(v) for v in expected]
