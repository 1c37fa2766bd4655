"""What more workers would have done to a pool's load, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from poolscope.analysis.wording import duration

if TYPE_CHECKING:
    from poolscope.analysis.health_load import Load
    from poolscope.analysis.simulation import Replay

__all__ = ["gain_words", "want_of_workers"]

_SOONER: Final = 0.9  # a load that is done no sooner than this share of the time is not told of


def want_of_workers(load: Load, replays: tuple[Replay, ...]) -> bool:
    """Whether more than half of what tasks waited was for want of workers, by the replays.

    The first replay is of workers that take a task as soon as they can, the others of more: what
    the first leaves of the wait is size, not hand-over.
    """
    wait = load.queue_wait
    if not replays or wait is None:
        return False
    now, best = replays[0], _recommended(replays)
    return now.wait_p95 > wait.p95 / 2 and best.wait_p95 < now.wait_p95 / 2


def gain_words(replays: tuple[Replay, ...]) -> str:
    """What the least sufficient number of workers would have made of the same tasks."""
    now, best = replays[0], _recommended(replays)
    text = (
        f"with {best.workers} workers the same tasks would have waited "
        f"{duration(best.wait_p95)} instead of {duration(now.wait_p95)} (95 %)"
    )
    if best.makespan <= _SOONER * now.makespan:
        text += (
            f", and the last been done {duration(best.makespan)} after the first came instead "
            f"of {duration(now.makespan)}"
        )
    return text


def _recommended(replays: tuple[Replay, ...]) -> Replay:
    """The least of the larger pools whose queue is a tenth of what it was."""
    now, *more = replays
    good = [each for each in more if each.wait_p95 <= now.wait_p95 / 10]
    return good[0] if good else more[-1]
