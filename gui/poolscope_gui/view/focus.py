"""Whether the focus came by the keyboard, so that it is shown: who points sees where he is."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent

_KEYS: Final = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
# It comes back from a menu or another window to where it was, and is shown as it was.
_BACK: Final = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)


def by_keys(event: QFocusEvent, was: bool) -> bool:
    """Whether the focus is to be shown after this; ``was``: whether it was shown before."""
    if event.reason() in _BACK:
        return was
    return event.gotFocus() and event.reason() in _KEYS
