"""How a new Python that multiprocessing starts comes up recording.

``spawn`` and ``forkserver`` send their child a dictionary first. In it goes a ``Start``; to
unpickle it *is* to run its few lines: make Poolscope importable where it is not, and begin. A child
in which that fails says so in one line and goes on without.
"""

from __future__ import annotations

import sys
from typing import Any

from poolscope import launch
from poolscope.trace import recorder as _recorder

__all__ = ["Start", "begin"]

_CODE = """
import sys
{finder}
from poolscope.instrument.child import begin
begin({folder!r}, {options!r})
"""


class Start:
    """Begins to record into ``folder`` in whatever process unpickles it."""

    def __init__(self, folder: str) -> None:
        from poolscope.instrument.install import options

        self._code = _CODE.format(finder=launch.finder(), folder=folder, options=dict(options()))

    def __reduce__(self) -> Any:
        return exec, (self._code, {})


def begin(folder: str, options: dict[str, Any]) -> None:
    """Record this process into ``folder``, with the hooks that its parent has.

    No ``options``: the parent is not watched, and has those on its children alone.
    """
    from poolscope.instrument.install import follow_children, install

    try:
        _recorder.start(folder, role=_recorder.CHILD, create=False)
    except (OSError, RuntimeError, ValueError) as error:
        print(f"poolscope: a child process is not recorded: {error}", file=sys.stderr, flush=True)
        return
    if options:
        install(**options)
    else:
        follow_children()
