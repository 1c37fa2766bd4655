"""What tasks of a watched pool are called with, and what they give, is shown as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

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


ENGINES = pytest.mark.parametrize("engine", ["stdlib", "poolscope"])


class Name(str):
    __slots__ = ()

    def __repr__(self) -> str:
        return f"<name {self!s}>"


def same(value: object) -> object:
    return value


METHODS = """
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
class Shop:
    def sell(self, what): return what
    @classmethod
    def open(cls, what): return what
    def close(self): pass
    def price(self, what, *, of): return what
    partly = partial(sell, None)
class Outlet(Shop):
    def sell(self, what): return super().sell(what)
shop, outlet = Shop(), Outlet()
if __name__ == "__main__":
    for make in (ThreadPoolExecutor, ProcessPoolExecutor):
        with make(1) as pool:
            for what in (7, "a bag"):
                for _ in range(2):
                    for method in (shop.sell, outlet.sell, Shop.open, outlet.open, shop.partly):
                        assert pool.submit(method, what).result() == what
            list(pool.map(shop.sell, [1, 2]))
            pool.submit(shop.close).result()
            pool.submit(shop.price, 1, of="a").result()
            pool.submit(partial(shop.price, 2, of="b"), of="c").result()
            pool.submit(partial(shop.price, of="d"), 3).result()
"""


@ENGINES
def test_methods_are_named_and_recorded_as_functions_are(tmp_path: Path, engine: str) -> None:
    tasks = watched(tmp_path, METHODS, "--engine", engine)["tasks"]
    names = ["Shop.sell(", "Outlet.sell(", "Shop.open(", "Shop.open(", "Shop.sell(None, "]
    expected = [f"{name}{what!r})" for what in (7, "a bag") for _ in range(2) for name in names]
    expected += ["Shop.sell(1)", "Shop.sell(2)", "Shop.close()", "Shop.price(1, of='a')"]
    expected += ["Shop.price(2, of='c')", "Shop.price(3, of='d')"]
    assert [task["name"] for task in tasks] == expected * 2
    assert {task["submitted_in"] for task in tasks} == {"<module>"}
    lines = METHODS.splitlines()
    for task, name in zip(tasks, names, strict=False):
        assert Path(task["defined_at"].rpartition(":")[0]).name == "program.py"
        first = int(task["defined_at"].rpartition(":")[2]) - 1  # with its decorators
        method = name.partition(".")[2].partition("(")[0]
        assert f"def {method}(" in "".join(lines[first : first + 2])
    heads = [row.text for row in of_kind(read(tmp_path / "trace"), Kind.CALL_TOLD)]
    short = 2 if engine == "stdlib" else 1  # Poolscope's process pool tells labels
    assert sorted(heads) == sorted(["Shop.sell(", "Outlet.sell(", "Shop.open("] * short)


@ENGINES
def test_arguments_and_results_of_every_sort(tmp_path: Path, engine: str) -> None:
    tasks = watched(tmp_path, PROGRAM, "--engine", engine)["tasks"]
    values = eval(VALUES, {"Name": Name})
    expected = [*(value for value in values for _ in range(3)), *values]
    assert [task["name"] for task in tasks] == [naming.label(same, (v,), None) for v in expected]
    results = {row.a: row.text for row in of_kind(read(tmp_path / "trace"), Kind.FINISHED)}
    assert [results[int(task["id"])] for task in tasks] == [naming.short_repr(v) for v in expected]
