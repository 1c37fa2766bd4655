"""The library's tasks in which several meet: at a semaphore, an event, a barrier, a queue, a fork.

Of ``tasks.LIBRARY``: submit a few of them to a thread pool and look who waits for whom. What they
meet at is made when the first of them comes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Final

from poolscope.named_things import named, named_lock

__all__ = ["EXAMPLES", "TASKS"]


def use_slot(name: str = "slots", slots: int = 2, seconds: float = 0.5) -> str:
    """Take one of so many slots, a semaphore's, for so many seconds. Submit more of these than
    there are slots: the others wait until one is given back."""
    with named("Semaphore", name, slots):
        time.sleep(seconds)  # noqa: TID251  using the slot is what this task is for
    return name


def wait_for_event(name: str = "go", timeout: float | None = None) -> bool:
    """Wait until somebody sets the event of that name; set_event does."""
    return bool(named("Event", name).wait(timeout))


def set_event(name: str = "go") -> None:
    """Set the event of that name: everybody who waits for it goes on, and whoever comes later."""
    named("Event", name).set()


def meet(name: str = "meeting", parties: int = 3, timeout: float | None = None) -> int:
    """Wait at a barrier until so many are there, then all go on. In a pool with fewer workers
    they never are: the others are in the queue."""
    return int(named("Barrier", name, parties).wait(timeout))


def produce(name: str = "jobs", count: int = 10, seconds: float = 0.1, room: int = 3) -> int:
    """Put so many items into a queue with room for a few, one every so many seconds. Without a
    consumer it stands there as soon as the queue is full."""
    queue = named("Queue", name, room)
    for number in range(count):
        time.sleep(seconds)  # noqa: TID251  what it takes to make one
        queue.put(number)
    return count


def consume(name: str = "jobs", count: int = 10, seconds: float = 0.2, room: int = 3) -> int:
    """Take so many items out of a queue and work so many seconds on each. Without a producer it
    waits for ever."""
    queue = named("Queue", name, room)
    for _ in range(count):
        queue.get()
        time.sleep(seconds)  # noqa: TID251  the work
        queue.task_done()
    return count


def dine(seat: int = 0, seats: int = 5, meals: int = 3, seconds: float = 0.1) -> int:
    """A philosopher: takes the left fork, then the right one, and eats. Submit one for each seat
    to as many workers: each holds a left fork and waits for the right one, for ever."""
    left = named_lock(f"fork {seat % seats}")
    right = named_lock(f"fork {(seat + 1) % seats}")
    for _ in range(meals):
        with left:
            time.sleep(seconds)  # noqa: TID251  reaching across the table
            with right:
                time.sleep(seconds)  # noqa: TID251  eating
    return meals


def count_up(name: str = "counter", rounds: int = 200, lock: str = "") -> int:
    """Add 1 to a shared variable, so many times; under the lock of that name, if one is named.
    Submit two at once: without a lock they lose some of what they add."""
    counter = named("Shared", name)
    guard: Any = named_lock(lock) if lock else nullcontext()
    for _ in range(rounds):
        with guard:
            counter.value += 1
    return int(counter.value)


TASKS: Final[tuple[Callable[..., Any], ...]] = (
    use_slot,
    wait_for_event,
    set_event,
    meet,
    produce,
    consume,
    dine,
    count_up,
)

# What a window writes into the field for the arguments when the task is chosen.
EXAMPLES: Final[dict[str, str]] = {
    "use_slot": "'slots', 2",
    "wait_for_event": "'go'",
    "set_event": "'go'",
    "meet": "'meeting', 3",
    "produce": "'jobs', 10",
    "consume": "'jobs', 10",
    "dine": "0",
    "count_up": "'counter', 200",
}
