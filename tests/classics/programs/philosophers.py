"""Five philosophers at a round table: each needs the fork on his left and the one on his right.

``philosophers.py deadlock``: all take the left one first, then none ever gets the right one.
``philosophers.py ordered``: each takes the fork of the lower number first, and all eat.
"""

import sys
import threading

import poolscope

SEATS = 5
MEALS = 20


def main(way: str) -> None:
    forks = [poolscope.Lock(name=f"fork {number}") for number in range(SEATS)]
    seated = threading.Barrier(SEATS)

    def philosopher(seat: int) -> None:
        first, second = forks[seat], forks[(seat + 1) % SEATS]
        if way == "ordered":
            if seat == SEATS - 1:
                first, second = second, first
            for _ in range(MEALS):
                with first, second:
                    pass
            return
        with first:
            seated.wait()  # until everybody has his left fork
            with second:
                pass

    table = [
        poolscope.Thread(target=philosopher, args=(seat,), name=f"philosopher {seat}")
        for seat in range(SEATS)
    ]
    for one in table:
        one.start()
    for one in table:
        one.join()
    print("all have eaten")


main(sys.argv[1])
