"""What may be typed, and where a mistake is marked."""

from __future__ import annotations

import pytest

from poolscope_gui.model.arguments import check_arguments, check_iterables

SIGNATURE = "(n: int, base: float = 1.0, *, until=None)"


@pytest.mark.parametrize(
    "text",
    ["1", "1, 2.5", "-1", "n=3", "1, until=#7", "[#1, '#']", "'a#1'", "1,", "{'a': (1, None)}"],
)
def test_good_arguments(text: str) -> None:
    assert check_arguments(text, SIGNATURE) is None


@pytest.mark.parametrize(
    ("text", "said", "column"),
    [
        ("", "missing: n", 0),
        ("1, x", "x is not a literal", 3),
        ("1, 2, 3", "too many arguments", 6),
        ("1, n=2", "n is given twice", 5),
        ("1, m=2", "no argument m", 3),
        ("1, **{}", "** is not allowed", 5),
        ("1)", "not Python", 2),
        ("1), (2", "brackets do not match", 0),
        ("f'{1}'", "not a literal", 0),
        ("open('x')", "not a literal", 0),
        ("1 2", "not Python", 0),
    ],
)
def test_bad_arguments_are_marked(text: str, said: str, column: int) -> None:
    mistake = check_arguments(text, SIGNATURE)
    assert mistake is not None
    assert said in mistake.sentence
    assert mistake.column == column


def test_a_signature_that_is_no_python_checks_nothing() -> None:
    assert check_arguments("1, 2, 3", "(a=<object>)") is None


@pytest.mark.parametrize("text", ["range(10)", "[1, 2], 'ab'", "(1,), {2}, {3: 4}", "range(1, 9)"])
def test_good_iterables(text: str) -> None:
    assert check_iterables(text) is None


@pytest.mark.parametrize(
    "text", ["", "3", "x", "range(x)", "a=[1]", "range(3), 4", "open('f')", "[x for x in y]"]
)
def test_bad_iterables(text: str) -> None:
    assert check_iterables(text) is not None
