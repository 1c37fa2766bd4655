"""Texts are searched and put in order as bytes: what is found is what Python finds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from poolscope.analysis.texts import Raw
from poolscope_gui.model import text_match, text_order
from poolscope_gui.model.stable_order import in_order
from poolscope_gui.model.text_match import Ints, TextMatch
from poolscope_gui.model.text_order import TextOrder

LETTERS = st.text(st.sampled_from("aAbB(z\0\u00df\u00c4\u212a\U0001f600\udc80"), max_size=12)
SAID = st.lists(LETTERS, max_size=30)


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    """A few letters are much."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_match, "AT_ONCE", 8)
        patch.setattr(text_match, "_SEVERAL", 4)
        patch.setattr(text_order, "FEW", 5)
        yield


def raw(said: list[str]) -> Raw:
    """Text ``n`` is ``said[n - 1]``."""
    octets = [text.encode("utf-8", "surrogatepass") for text in said]
    ends = np.cumsum([0, *map(len, octets)])
    return Raw(ends, np.frombuffer(b"".join(octets), np.uint8))


def column_of(said: list[str], skip: set[int]) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Numbers of texts as a column has them: some do not occur, and none is the empty text's."""
    numbers = [n if text and n not in skip else 0 for n, text in enumerate(said, 1)]
    return np.array(numbers, np.int32)


@given(SAID, st.integers(0, 30), st.sets(st.integers(1, 30)))
@example(["aaaaaaab", "aaaaaaa", "AAAAAAAA", "aaaaaaaa", "a", "aaaaaaaaaaaaaa"], 3, set())
def test_ranks_are_those_of_the_texts_however_they_come(
    said: list[str], split: int, skip: set[int]
) -> None:
    """Text numbers are given out in the order of appearance, with doubles under two numbers."""
    texts, column = raw(said), column_of(said, skip)
    order, other = TextOrder(), TextOrder()
    order.rank(column[:split], texts)
    ranks = order.rank(column, texts).tolist()
    wanted = [said[n - 1].casefold() if n else "" for n in column.tolist()]
    keys = sorted(set(wanted) - {""})
    assert ranks == [keys.index(text) if text else -1 for text in wanted]
    for _ in other.ahead(column, texts):
        pass
    assert other.rank(column, texts).tolist() == ranks


@given(SAID, LETTERS.filter(bool), st.integers(0, 30), st.sets(st.integers(1, 30)))
@example(["ab", "aB", "b"], "bb", 0, set())
@example(["a", "b" * 30, "a"], "a", 0, {2})
def test_a_text_is_found_as_python_finds_it(
    said: list[str], needle: str, split: int, skip: set[int]
) -> None:
    texts, column, needle = raw(said), column_of(said, skip), needle.casefold()
    match = TextMatch(needle)
    match.of(column[:split], texts)
    next(match.ahead(column, texts), None)  # and left off
    found = match.of(column, texts).tolist()
    assert found == [bool(n) and needle in said[n - 1].casefold() for n in column.tolist()]


def test_what_is_looked_for_comes_in_bits() -> None:
    texts = raw(["seven of" for _ in range(40)])
    assert len(list(TextMatch("of").ahead(np.arange(41), texts))) >= 10


def test_what_is_not_wanted_any_more_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    order, ranks, asked = TextOrder(), text_order.ranks, threading.Event()
    given_up: list[bool] = []

    def held(_numbers: Ints, _texts: Raw, over: Callable[[], bool]) -> None:
        assert asked.wait(10)
        given_up.append(over())

    with monkeypatch.context() as patch:
        patch.setattr(text_order, "ranks", held)
        ahead = order.ahead(np.arange(9), raw(["a" * n for n in range(9)]))
        assert next(ahead), "there is nothing to do meanwhile"
        ahead.close()
        (thread,) = (each for each in threading.enumerate() if each.name == "order of texts")
        asked.set()
        thread.join()
    assert given_up == [True]
    assert ranks(np.arange(1, 3), raw(["b", "a"]), lambda: True) is None
    assert order.rank(np.arange(3), raw(["b", "a"])).tolist() == [-1, 1, 0]


@given(st.lists(st.integers(-5, 5)), st.booleans())
def test_equal_numbers_stay_as_they_were(numbers: list[int], far: bool) -> None:
    key = np.array([*numbers, *((-(1 << 62), 1 << 62) if far else ())], np.int64)
    assert in_order(key).tolist() == np.argsort(key, kind="stable").tolist()
