"""Puts our engine in the place of ``concurrent.futures``, for CPython's own tests.

``install()`` must come before anything that the tests import ``concurrent.futures`` by. Our own
modules are imported first, so they keep the real one underneath. Needs the source root
``engine`` on ``sys.path``; imports nothing of pytest, as it runs in the fresh interpreters that
the suite starts too.
"""

from __future__ import annotations

import concurrent.futures
import concurrent.futures._base
import concurrent.futures.process
import concurrent.futures.thread
import sys
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
ENGINE = HERE.parent.parent / "engine"

# To be put before the code of a `python -c` that the suite runs.
PRELUDE = (
    f"import sys; sys.path[:0] = [{str(HERE)!r}, {str(ENGINE)!r}]; "
    "import stand_in; stand_in.install(); del sys, stand_in\n"
)


def like(module: ModuleType, **ours: object) -> ModuleType:
    """A module of the same name and contents, with some of its names replaced by ours."""
    double = ModuleType(module.__name__)
    double.__dict__.update(module.__dict__)
    double.__dict__.update(ours)
    return double


def install() -> None:
    """From here on ``import concurrent.futures`` and its modules give the engine."""
    import poolscope
    import poolscope.thread_pool

    core = {
        name: getattr(poolscope, name) for name in ("Future", "Executor", "wait", "as_completed")
    }
    processes: dict[str, object] = {}
    try:
        import poolscope.process_pool
    except ModuleNotFoundError as error:
        if error.name != "poolscope.process_pool":
            raise
    else:
        processes["ProcessPoolExecutor"] = poolscope.ProcessPoolExecutor
    threads = {"ThreadPoolExecutor": poolscope.ThreadPoolExecutor}
    doubles = {
        "_base": like(concurrent.futures._base, **core),
        "thread": like(concurrent.futures.thread, **core, **threads),
        "process": like(concurrent.futures.process, **core, **processes),
    }
    whole = like(concurrent.futures, **core, **threads, **processes, **doubles)
    concurrent.futures = whole
    sys.modules["concurrent.futures"] = whole
    for name, double in doubles.items():
        sys.modules[f"concurrent.futures.{name}"] = double
