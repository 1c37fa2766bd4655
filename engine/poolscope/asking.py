"""Whether a thread is inside a user's ``repr`` or ``str`` that we called: it must not wait there.

Apart from ``naming``, which few programs need as they start.
"""

from __future__ import annotations

import threading
from typing import Final

__all__ = ["WouldWaitError", "inside", "must_not_wait"]


class WouldWaitError(BaseException):
    """A user's ``repr`` that we called came to a lock that is taken: maybe by who called us."""


class _Inside(threading.local):
    active = False


inside: Final = _Inside()


def must_not_wait() -> None:
    """To be called before a thread blocks: without us it would not have come here.

    Raises:
        WouldWaitError: it is in a ``repr`` that we called.
    """
    if inside.active:
        raise WouldWaitError
