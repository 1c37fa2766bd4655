"""Producers fill a queue of three places, consumers empty it.

``producer_consumer.py flowing``: every producer says when it has finished, consumers go home.
``producer_consumer.py alone``: one thread fills the queue and would empty it after that.
"""

import sys

import poolscope

PLACES = 3
ITEMS = 50


def main(way: str) -> None:
    belt: poolscope.Queue[int | None] = poolscope.Queue(PLACES, name="belt")

    def produce() -> None:
        for item in range(ITEMS):
            belt.put(item)
        belt.put(None)

    def consume() -> None:
        while belt.get() is not None:
            pass

    def both() -> None:
        produce()
        consume()

    work = [both] if way == "alone" else [produce, produce, consume, consume]
    hands = [
        poolscope.Thread(target=each, name=f"{each.__name__} {n}") for n, each in enumerate(work)
    ]
    for one in hands:
        one.start()
    for one in hands:
        one.join()
    print("the belt is empty")


main(sys.argv[1])
