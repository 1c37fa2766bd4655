"""Readers share a page, a writer wants it alone: a reader takes one permit, a writer all of them.

``readers_writer.py upgrade``: two readers want to write and keep what they have.
``readers_writer.py exclusive``: writers take turns at becoming one.
"""

import sys
import threading

import poolscope

PERMITS = 2


def main(way: str) -> None:
    page = poolscope.Semaphore(PERMITS, name="page")
    turn = poolscope.Lock(name="turn")
    reading = threading.Barrier(2)

    def upgrade() -> None:
        with page:
            reading.wait()  # both read, and both have found something to mend
            with page:
                pass

    def read() -> None:
        for _ in range(20):
            with page:
                pass

    def write() -> None:
        for _ in range(10):
            with turn, page, page:
                pass

    work = [upgrade, upgrade] if way == "upgrade" else [read, write, read, write]
    people = [poolscope.Thread(target=each, name=each.__name__) for each in work]
    for one in people:
        one.start()
    for one in people:
        one.join()
    print("the page is written")


main(sys.argv[1])
