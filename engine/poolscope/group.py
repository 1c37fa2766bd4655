"""A program under the window: it leads a process group, and ends when the window has gone."""

from __future__ import annotations

import os

from poolscope import guard

__all__ = ["follow", "lead"]


def lead() -> None:
    """Become the leader of a process group."""
    # A shell's job leads its group already, and may not begin a session.
    if os.getpgrp() != os.getpid():
        os.setsid()


def follow(viewer: int) -> None:
    """Lead a group, and have all of it end when the process ``viewer`` has gone."""
    lead()
    if not hasattr(os, "pidfd_open"):
        return  # Linux alone lets one wait for a process that is not one's child
    try:
        lifeline = os.pidfd_open(viewer)
    except ProcessLookupError:
        os._exit(1)
    guard.start(lifeline, end_group=False)
    os.close(lifeline)
