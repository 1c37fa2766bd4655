"""Letters by the place of their key, for keyboards that have others there: Cyrillic, Greek, Hebrew.

Where a key has a letter of the Latin alphabet, that is what counts, wherever on the keyboard it is.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

_ASCII: Final = range(0x80)
_NO_CHARACTER: Final = 0x01000000  # Qt's numbers of arrows and the like begin here
# As X11 and Wayland count the keys: the kernel's number and eight.
_ROWS: Final = ((24, "QWERTYUIOP"), (38, "ASDFGHJKL"), (52, "ZXCVBNM"))
_LETTERS: Final = {
    first + place: Qt.Key(ord(letter)) for first, row in _ROWS for place, letter in enumerate(row)
}


def key_of(event: QKeyEvent) -> Qt.Key:
    """The key that was pressed; of one with a letter of another script, the Latin one there."""
    key = event.key()
    if key in _ASCII or key >= _NO_CHARACTER:
        return Qt.Key(key)
    return _LETTERS.get(event.nativeScanCode(), Qt.Key(key))
