"""The host's process pools where the system does not give them what they need."""

from __future__ import annotations

import errno
from typing import Any, cast

import pytest

import poolscope
from poolscope.kept_process_pool import KeptProcessPool
from poolscope.refusal import RefusedError


class Poor:
    """A context on a machine without ``/dev/shm``."""

    def Lock(self, *, name: str) -> object:
        del name
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")


def test_where_no_lock_between_processes_can_be_made_it_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(poolscope, "get_context", lambda _method: Poor())
    with pytest.raises(RefusedError, match=r"'p A' .* needs /dev/shm"):
        KeptProcessPool(cast("Any", None), 1, "p", "fork")
