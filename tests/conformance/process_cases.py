"""CPython's own cases for ``multiprocessing``'s locks and signals, on ours, by each start method.

``test._test_multiprocessing`` has its cases as classes without a context; here each gets ours,
in which everything is made and every process started. A spawned process imports this file too,
and joins the recording if there is one.
"""

from __future__ import annotations

import multiprocessing
import os
from typing import Any, ClassVar

from test import _test_multiprocessing as theirs

import poolscope
from poolscope.trace import recorder

_KINDS = ("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Event", "Barrier")


class _Ours(theirs.ProcessesMixin):
    """Our context in place of ``multiprocessing``'s functions."""

    method: ClassVar[str]
    _before: ClassVar[str | None]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        # Some parts of the cases are made by the context that is the default.
        cls._before = multiprocessing.get_start_method(allow_none=True)
        multiprocessing.set_start_method(cls.method, force=True)

    @classmethod
    def tearDownClass(cls) -> None:
        multiprocessing.set_start_method(cls._before, force=True)
        super().tearDownClass()


def _cases(method: str) -> dict[str, type]:
    """All cases with what ``method``'s context makes."""
    context: Any = poolscope.get_context(method)
    made = {kind: staticmethod(getattr(context, kind)) for kind in _KINDS}
    made["Process"] = staticmethod(context.Process)
    found = {}
    for case in ("Lock", "Semaphore", "Condition", "Event", "Barrier"):
        bases = (getattr(theirs, f"_Test{case}"), _Ours, theirs.unittest.TestCase)
        name = f"{method.capitalize()}{case}Tests"
        names = {"__module__": __name__, "__qualname__": name, "method": method, **made}
        found[name] = type(name, bases, names)
    return found


for _method in ("fork", "spawn", "forkserver"):
    globals().update(_cases(_method))

_folder = os.environ.get("POOLSCOPE_CONFORMANCE_TRACE")
if _folder and recorder.emit is None:
    recorder.start(_folder, role="child", create=False)
