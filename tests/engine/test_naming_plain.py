"""What is plain is named in one go, and as everything else is named."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from poolscope import naming
from poolscope.naming import label, short_repr

PLAIN = (
    st.integers(-(10**19), 10**19)
    | st.sampled_from([None, True, 0.5, float("nan"), 1 << 400])
    | st.text(max_size=90)
    | st.binary(max_size=90)
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=8)
        | st.lists(inner, max_size=8).map(tuple)
        | st.sets(PLAIN, max_size=8)
        | st.frozensets(PLAIN, max_size=8)
        | st.dictionaries(PLAIN, inner, max_size=8)
    ),
    max_leaves=12,
)
EITHER_WAY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def function() -> None: ...


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether nothing is taken for plain."""
    are_plain, forbidden = naming._are_plain, [False]

    def plain(values: Iterable[object]) -> bool:
        return not forbidden[0] and are_plain(values)

    monkeypatch.setattr(naming, "_are_plain", plain)
    return forbidden


@EITHER_WAY
@given(VALUES, st.sampled_from([80, 500]))
def test_a_value(one_by_one: list[bool], value: object, limit: int) -> None:
    one_by_one[0] = False
    text = short_repr(value, limit)
    one_by_one[0] = True
    assert text == short_repr(value, limit)
    assert len(text) <= limit


@EITHER_WAY
@given(
    st.lists(VALUES, max_size=8).map(tuple),
    st.dictionaries(st.text("ab", min_size=1, max_size=70), VALUES, max_size=3),
    st.sampled_from(["f", "f" * 79, "f" * 80, "f" * 200, "é", "outer.<locals>.inner"]),
)
@example((), {"a": "x"}, "f")
@example(("x" * 77, "y"), {}, "f" * 79)
def test_a_label(
    one_by_one: list[bool], args: tuple[object, ...], kwargs: dict[str, object], name: str
) -> None:
    function.__qualname__ = name
    one_by_one[0] = False
    text = label(function, args, kwargs)
    one_by_one[0] = True
    assert text == label(function, args, kwargs)
    assert len(text) <= naming.LABEL_LIMIT


def test_an_object_s_own_address_is_told_without_a_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(value: object) -> str:
        raise AssertionError(value)

    monkeypatch.setattr(naming, "guarded", never)
    thing = object()
    assert short_repr(thing) == repr(thing)

    class Thing:
        pass

    assert "Thing object at 0x" in short_repr([Thing()], 500)
