"""What may be typed between the brackets of a call, and how everything else is refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope.call_text import arguments, fit
from poolscope.refusal import RefusedError


def named(number: int) -> str:
    return f"<task {number}>"


@pytest.mark.parametrize(
    ("text", "args", "kwargs"),
    [
        ("", (), {}),
        ("1, 'a', [2.5, None], True", (1, "a", [2.5, None], True), {}),
        ("-3, 2+5j, b'x', {'k': (1,)}, {4}", (-3, 2 + 5j, b"x", {"k": (1,)}, {4}), {}),
        ("1, key='#7', other=[1]", (1,), {"key": "#7", "other": [1]}),
        ("#7, until=[#12]", ("<task 7>",), {"until": ["<task 12>"]}),
        ("'it''s #1', \"say \\\" #2\", '''#3'''", ("its #1", 'say " #2', "#3"), {}),
        ("range(3), [range(1, 9, 2)]", (range(3), [range(1, 9, 2)]), {}),
        ("1, # a comment", (1,), {}),
    ],
)
def test_literals_are_taken(text: str, args: object, kwargs: object) -> None:
    assert arguments(text, named) == (args, kwargs)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("foo", "write 'foo'"),
        ("1 +", "cannot be read"),
        ("2 * 3", "Nothing is calculated"),
        ("open('x')", "Calls are not made"),
        ("[x for x in 'ab']", "not a literal"),
        ("1), print(2", "bracket"),
        ("*[1, 2]", "without *"),
        ("**{'a': 1}", "**"),
        ("range(1.5)", "range(1.5)"),
        ("range(10**9)", "not a literal"),
        ("range(9999999)", "at most"),
        ("{[1]: 2}", "not a literal"),
        ("1" * 200_000, "characters"),
        ("(" * 5_000 + ")" * 5_000, "cannot be read"),
        ("'\0'", "cannot be read"),
    ],
)
def test_anything_else_is_refused_with_a_reason(text: str, said: str) -> None:
    with pytest.raises(RefusedError, match=r"argument|range") as caught:
        arguments(text, named)
    assert said in str(caught.value)
    assert caught.value.field == "arguments"


LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.lists(LITERALS))
def test_every_repr_of_literals_is_read_back(values: list[object]) -> None:
    assert arguments(", ".join(map(repr, values)), named) == (tuple(values), {})


@given(st.text(alphabet="()[]{}'\"#,=*:abc123\\ \n."))
def test_no_text_does_anything_but_be_taken_or_refused(text: str) -> None:
    with contextlib.suppress(RefusedError):
        arguments(text, named)


def test_arguments_must_fit_the_function() -> None:
    def add(first: int, second: int = 0) -> int:
        return first + second

    fit(add, ((1,), {"second": 2}))
    with pytest.raises(RefusedError, match=r"add\(first.*missing a required argument: 'first'"):
        fit(add, ((), {}))
