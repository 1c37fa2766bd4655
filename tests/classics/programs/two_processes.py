"""Two processes and two locks between them, by each start method.

``two_processes.py deadlock spawn``: each takes one and wants the other's.
``two_processes.py ordered fork``: both in one order.
"""

import sys
from typing import Any

import poolscope


def work(first: Any, second: Any, both: Any) -> None:
    with first:
        if both is not None:
            both.wait()
        with second:
            pass


def main(way: str, method: str) -> None:
    context = poolscope.get_context(method)
    ledger, stamp = context.Lock(name="ledger"), context.Lock(name="stamp")
    both = context.Barrier(2, name="both") if way == "deadlock" else None
    other_way = (stamp, ledger) if way == "deadlock" else (ledger, stamp)
    clerks = [
        context.Process(target=work, args=(*locks, both), name=name)
        for name, locks in (("north", (ledger, stamp)), ("south", other_way))
    ]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    print("both have gone home")


if __name__ == "__main__":
    main(*sys.argv[1:])
