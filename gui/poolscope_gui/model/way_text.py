"""A task's way to a worker process and back, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolscope.analysis.lanes import worker_title
from poolscope_gui.model.moments import Moments
from poolscope_gui.model.quantities import duration, plural
from poolscope_gui.model.story import Goal, Link, Telling
from poolscope_gui.model.tracks import NEVER
from poolscope_gui.model.words import at

if TYPE_CHECKING:
    from poolscope_gui.model.source import ChartSource


def way_there(chart: ChartSource, row: int, when: Moments, told: Telling) -> None:
    """To a worker process: pickled, sent, received."""
    tasks, worker = chart.store.tasks, int(chart.store.tasks.worker[row])
    if when.sent == NEVER:
        return
    begun, away = _sending(int(tasks.pickled_bytes[row]), when)
    if when.received == NEVER:
        told.say(f"{begun}; no worker has said that it received it.")
        return
    who = Link(worker_title(chart.store.workers[worker]), Goal("worker", worker))
    gap = duration(max(0, when.received - away))
    if when.unpickled_unseen:
        told.say(f"{begun}; ", who, f" had received and unpickled it {gap} later.")
        return
    rest = ""
    if when.started != NEVER:
        rest = f", and began it {duration(max(0, when.started - when.received))} after that"
    told.say(f"{begun}; ", who, f" received it {gap} later{rest}.")


def _sending(size: int, when: Moments) -> tuple[str, int]:
    """How it was pickled and sent, in words; and when it went into the pipe."""
    sent, pickled = at(when.sent), f"pickled to {plural(size, 'byte')}"
    if when.pickling == NEVER:
        return (f"{pickled.capitalize()}, sent at {sent}" if size else f"Sent at {sent}", when.sent)
    pickled += f" in {duration(max(0, when.pickled - when.pickling))}"
    pickled += ", together with others" if when.together else ""
    if not when.pickled_later:
        return f"{pickled.capitalize()}, sent at {sent}", when.sent
    waited = duration(when.pickling - when.sent)
    return f"Handed over at {sent}, {waited} later {pickled}", when.pickled


def way_back(chart: ChartSource, row: int, when: Moments, told: Telling) -> None:
    """From a worker process: the result pickled, sent, received, the future settled."""
    if when.result_sent == NEVER:
        return
    size = int(chart.store.tasks.result_bytes[row])
    what = f"Its result, {plural(size, 'byte')}," if size else "Its result"
    after = duration(max(0, when.result_sent - when.returned)) if when.returned != NEVER else ""
    sent = f"{what} was pickled and sent{f' in {after}' if after else ''}"
    if when.result_received == NEVER:
        rest = "has not come back yet" if when.finished == NEVER else "was never received"
        told.say(f"{sent}; it {rest}.")
        return
    way = duration(max(0, when.result_received - when.result_sent))
    if when.unpickled_unseen:
        told.say(f"{sent}, and received, unpickled and settled {way} after that.")
        return
    settled = ""
    if when.finished != NEVER:
        gap = duration(max(0, when.finished - when.result_received))
        settled = f", and the future was settled {gap} later"
    told.say(f"{sent}, received {way} after that{settled}.")
