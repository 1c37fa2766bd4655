"""Names of tasks, values and errors: short, bounded, and never a user's trouble."""

from __future__ import annotations

import functools
import sys
from collections import deque
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import poolscope
from poolscope import naming
from poolscope.naming import error_text, function_name, label, short_repr, traceback_text


class Plain:
    def __repr__(self) -> str:
        return "Plain!"

    def method(self) -> None: ...

    def __call__(self) -> None: ...


class Bad:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __repr__(self) -> str:
        raise self.error

    __str__ = __repr__


class Endless:
    def __repr__(self) -> str:
        return f"[{short_repr(Endless())}]"


class Listing(list[Any]):
    pass


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (True, "True"),
        (7, "7"),
        (-(10**30), str(-(10**30))),
        (10**5000, "<int of 16610 bits>"),
        (1.5, "1.5"),
        ("a'b", '"a\'b"'),
        (b"\0", "b'\\x00'"),
        ((), "()"),
        ((1,), "(1,)"),
        (("a",), "('a',)"),
        ((1, 2), "(1, 2)"),
        ([], "[]"),
        ([1, None, 2.5], "[1, None, 2.5]"),
        ([10**5000], "[<int of 16610 bits>]"),
        (list(range(9)), "[0, 1, 2, 3, 4, 5, …]"),
        (tuple("abcdefgh"), "('a', 'b', 'c', 'd', 'e', 'f', …)"),
        ({}, "{}"),
        ({"a": [1]}, "{'a': [1]}"),
        (set(), "set()"),
        (frozenset(), "frozenset()"),
        ({1}, "{1}"),
        ([[[[1]]]], "[[[[…]]]]"),
        (Listing([1, 2]), "[1, 2]"),
        (deque([1]), "deque([1])"),
        (Plain(), "Plain!"),
        (Bad(ValueError()), "<Bad: repr raised ValueError>"),
        (Bad(SystemExit()), "<Bad: repr raised SystemExit>"),
        ([Bad(RecursionError())], "[<Bad: repr raised RecursionError>]"),
        (Endless(), "[<Endless>]"),
    ],
    ids=lambda value: value if type(value) is str else type(value).__name__,
)
def test_short_repr(value: object, text: str) -> None:
    assert short_repr(value) == text


def test_it_is_cut_at_its_limit() -> None:
    assert short_repr("x" * 10**8) == "'" + "x" * (naming.REPR_LIMIT - 2) + "…"
    assert len(short_repr(["x" * 10**6] * 100)) == naming.REPR_LIMIT
    assert len(short_repr({"k" * 10**6: 1})) == naming.REPR_LIMIT
    assert short_repr("abcdef", 4) == "'ab…"


def test_a_container_that_contains_itself_ends() -> None:
    one: list[Any] = []
    one.append(one)
    assert len(short_repr(one)) <= naming.REPR_LIMIT


def test_ctrl_c_in_a_repr_is_the_users() -> None:
    with pytest.raises(KeyboardInterrupt):
        short_repr(Bad(KeyboardInterrupt()))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(VALUES, st.integers(24, 200))
def test_it_is_bounded_and_says_what_repr_says(value: object, limit: int) -> None:
    text = short_repr(value, limit)
    assert len(text) <= limit
    if naming.ELLIPSIS not in text:
        assert text == repr(value)


def local_function() -> Any:
    def inner() -> None: ...

    return inner


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (short_repr, "short_repr"),
        (Plain.method, "Plain.method"),
        (Plain().method, "Plain.method"),
        (local_function(), "inner"),
        (functools.partial(functools.partial(len)), "len"),
        (lambda: None, "<lambda>"),
        (Plain(), "Plain"),
        (int, "int"),
        (sys.exit, "exit"),
    ],
)
def test_function_name(function: Any, name: str) -> None:
    assert function_name(function) == name


@pytest.mark.parametrize(
    ("args", "kwargs", "text"),
    [
        ((), {}, "len()"),
        ((), None, "len()"),
        ((1,), {}, "len(1)"),
        ((1, "a"), {"key": None}, "len(1, 'a', key=None)"),
    ],
)
def test_label(args: tuple[object, ...], kwargs: dict[str, object] | None, text: str) -> None:
    assert label(len, args, kwargs) == text


@pytest.mark.parametrize("length", range(68, 80))
def test_an_argument_that_has_no_room_is_not_passed_over_in_silence(length: int) -> None:
    args = ("x" * 72, "y" * (length - 2), 3)
    whole = f"len({', '.join(map(repr, args))})"
    assert label(len, args, None) == naming.cut(whole, naming.LABEL_LIMIT)
    assert label(len, args[:2], {"key": 3}) == naming.cut(whole[:-2] + "key=3)", naming.LABEL_LIMIT)


@given(st.lists(VALUES), st.dictionaries(st.text(), VALUES))
def test_a_label_is_bounded(args: list[object], kwargs: dict[str, object]) -> None:
    assert len(label(len, args, kwargs)) <= naming.LABEL_LIMIT


def test_a_long_name_is_cut() -> None:
    def function() -> None: ...

    function.__qualname__ = "f" * 1000
    assert label(function, (), None) == "f" * (naming.LABEL_LIMIT - 3) + "…()"
    assert len(label(function, (1,), None)) == naming.LABEL_LIMIT


def test_the_labels_it_remembers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "bare_labels", {})
    for number in range(2 * naming.MAX_LABELS):
        made = FunctionType(test_error_text.__code__, {})
        made.__qualname__ = f"outer.<locals>.made_{number}"
        for _ in range(2):
            assert label(made, (), None) == f"made_{number}()"
        assert len(naming.bare_labels) <= naming.MAX_LABELS


def test_the_names_it_remembers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "heads", {})
    for number in range(2 * naming.MAX_LABELS):
        made = FunctionType(test_error_text.__code__, {})
        made.__qualname__ = f"outer.<locals>.made_{number}"
        assert label(made, (1,), None) == f"made_{number}(1)"
        assert naming.heads[made.__qualname__] == f"made_{number}("
        assert len(naming.heads) <= naming.MAX_LABELS


def test_a_name_that_utf_8_cannot_hold_is_not_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(naming, "heads", {})

    def made() -> None:
        """Has a name that UTF-8 cannot hold."""

    made.__qualname__ = made.__name__ = "\udc80"
    assert naming.label(made, (5000,), {}) == "\udc80(5000)"
    assert not naming.heads, "what is written without a look is ASCII"


def test_a_name_that_may_be_cut_is_not_remembered() -> None:
    def function() -> None: ...

    function.__qualname__ = "f" * (naming.LABEL_LIMIT - naming.REPR_LIMIT)
    assert len(label(function, ("x" * 1000,), None)) == naming.LABEL_LIMIT
    assert function.__qualname__ not in naming.heads


def test_error_text() -> None:
    assert error_text(ValueError("no")) == "ValueError: no"
    assert error_text(ValueError()) == "ValueError"
    assert len(error_text(ValueError("x" * 10**6))) == naming.ERROR_LIMIT

    class BadError(Exception):
        def __str__(self) -> str:
            raise SystemExit

    assert error_text(BadError()) == "BadError: <str raised SystemExit>"
    assert "BadError" in traceback_text(BadError())


def test_traceback_text() -> None:
    def boom(depth: int) -> None:
        if depth:
            boom(depth - 1)
        raise ValueError("deep")

    for depth in (1, 500):
        with pytest.raises(ValueError) as caught:
            boom(depth)
        text = traceback_text(caught.value)
        assert len(text) <= naming.TRACEBACK_LIMIT
        assert text.endswith("ValueError: deep\n")
    whole, cut = traceback_text(caught.value), traceback_text(caught.value, skip=1)
    assert "caught" not in cut
    assert whole != cut


def test_a_repr_that_comes_to_a_lock_that_is_taken_does_not_wait(tmp_path: Path) -> None:
    """Without us nobody would have asked for it there: who submits may hold the lock."""
    lock = poolscope.Lock(name="mine")

    class Guarded:
        def __repr__(self) -> str:
            with lock:
                return "Guarded()"

    with poolscope.record(tmp_path / "t"):
        assert short_repr(Guarded()) == "Guarded()"
        with lock:
            assert short_repr([Guarded()]) == "[<Guarded: repr would wait for a lock>]"
        assert short_repr(Guarded()) == "Guarded()"


def test_a_message_that_comes_to_a_lock_that_is_taken_is_told_in_the_users_words(
    tmp_path: Path,
) -> None:
    lock = poolscope.Lock(name="mine")

    class GuardedError(Exception):
        def __str__(self) -> str:
            with lock:
                return "guarded"

    with poolscope.record(tmp_path / "t"), lock:
        assert error_text(GuardedError()) == "GuardedError: <str would wait for a lock>"
        assert "WouldWait" not in traceback_text(GuardedError())
    assert error_text(GuardedError()) == "GuardedError: guarded"
