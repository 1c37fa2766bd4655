"""Text that fits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from poolscope_gui.model.ops import Font
from poolscope_gui.model.text import ELLIPSIS, Fitter
from tests.gui.charts import meter


@given(st.text(max_size=60), st.floats(0, 400))
def test_a_cut_text_fits_and_begins_alike(text: str, width: float) -> None:
    cut = Fitter(meter).cut(text, width, Font.NORMAL)
    assert meter(cut, Font.NORMAL) <= width
    whole = " ".join(text.split())
    assert cut == whole or (cut.endswith(ELLIPSIS) and whole.startswith(cut[:-1])) or not cut


def test_nothing_is_cut_that_fits() -> None:
    assert Fitter(meter).cut("fib(31)", 49, Font.NORMAL) == "fib(31)"
    assert Fitter(meter).cut("fib(31)", 48, Font.NORMAL) == "fib(3…"
    assert Fitter(meter).cut("fib(31)", 6, Font.NORMAL) == ""


def test_a_text_of_many_lines_becomes_one() -> None:
    assert Fitter(meter).cut("a\n  b", 100, Font.NORMAL) == "a b"


def test_the_end_of_a_name_is_kept() -> None:
    fitter = Fitter(meter)
    assert fitter.cut_middle("Process-pool-1_12", 80, Font.BOLD) == "Proces…1_12"
    assert fitter.cut_middle("io_1", 80, Font.BOLD) == "io_1"
    assert fitter.cut_middle("Process-pool-1_12", 10, Font.BOLD) == ""


def test_choose_takes_the_longest_that_fits() -> None:
    fitter = Fitter(meter)
    forms = ("waits for db_lock", "db_lock")
    assert fitter.choose(forms, 200, Font.SMALL) == forms[0]
    assert fitter.choose(forms, 60, Font.SMALL) == forms[1]
    assert fitter.choose(forms, 20, Font.SMALL) == ""
