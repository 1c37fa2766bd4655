"""Whether a window can be shown here. Decided before Qt is imported: Qt aborts where it cannot."""

from __future__ import annotations

import os
import sys
from typing import Final

# Platforms of Qt on which nobody sees anything.
_UNSEEN: Final = ("offscreen", "minimal")


def available() -> bool:
    """Is there a screen? On Linux only the environment tells; elsewhere there always is."""
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if platform in _UNSEEN:
        return False
    if platform and platform not in ("xcb", "wayland"):
        return True  # somebody chose a screen that needs neither variable, such as vnc or eglfs
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def go_without() -> None:
    """Have Qt paint into memory. Before Qt is imported; without a display, nothing else works."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
