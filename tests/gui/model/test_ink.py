"""Masks as pixels."""

from __future__ import annotations

import numpy as np

from poolscope_gui.model.ink import ink


def test_a_colour_is_where_the_mask_is_and_nothing_elsewhere() -> None:
    where = np.array([[True, False, True], [False, False, True]])
    assert ink(where, 0xFF102030).tolist() == [[0xFF102030, 0, 0xFF102030], [0, 0, 0xFF102030]]
    assert ink(where[:, ::2], 0x80000001).tolist() == [[0x80000001] * 2, [0, 0x80000001]]


def test_each_column_may_have_a_colour_of_its_own() -> None:
    where = np.array([[True, False], [True, True]])
    colours = np.array([0xFFFFFFFF, 0x01020304], np.uint32)
    assert ink(where, colours).tolist() == [[0xFFFFFFFF, 0], [0xFFFFFFFF, 0x01020304]]
