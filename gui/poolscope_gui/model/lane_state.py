"""What the picture of a lane depends on, as values that can be compared.

The look is what all of it depends on; with another look the picture is wrong. The state is what
happens on the lane; with another state the picture is old. An open span is no part of it: it is
painted as going on for ever.
"""

from __future__ import annotations

from collections.abc import Iterator

from poolscope_gui.model.chart import Hit, Lane, Sliced
from poolscope_gui.model.layout import Row
from poolscope_gui.model.scene import Scene

LATEST = 8  # tasks of a process pool's lane of which news may still come from the parent


def phase_of(scene: Scene, row: Row) -> float:
    """By how much of a device pixel a row begins beside one."""
    if scene.ratio == 1.0:  # rows begin on whole logical pixels
        return 0.0
    y = scene.layout.y(row) * scene.ratio
    return y - y // 1


def context_of(scene: Scene) -> tuple[object, ...]:
    """What the looks of all lanes and the headers depend on."""
    return (
        scene.theme,
        scene.ratio,
        scene.hidden,
        scene.matched,
        scene.lit,
        scene.selected,
        scene.layout.header,
    )


def look_of(scene: Scene, row: Row, context: int) -> tuple[object, ...]:
    """What a lane's whole picture depends on, beside the zoom. ``context``: a number that is
    another when ``context_of`` is."""
    alarm = scene.chart.lanes[row.lane].alarm
    turned = alarm is not None and not alarm.behind and (alarm.timed,)
    return context, row.height, row.lane % 2, phase_of(scene, row), turned


def state_of(scene: Scene, row: Row, grid: tuple[int, int]) -> tuple[object, ...]:
    """What happens on a lane beside its tasks, what is pointed at or chosen, and the grid."""
    lane = scene.chart.lanes[row.lane]
    out: list[object] = [
        grid,
        lane.born,
        lane.gone,
        _here(scene.hover, row),
        _here(scene.picked, row),
    ]
    for sliced in _tracks(lane):
        # The track itself, too: one that takes another's place may have as many updates.
        out += (sliced.track, sliced.track.updates)
    if len(lane.waiter_times):
        out += (len(lane.waiters), int(lane.waiter_times[-1]), int(lane.waiters[-1]))
    if len(lane.sent.track):
        latest = lane.tasks.track.ref[-LATEST:].astype("int64")
        out.append(scene.chart.anatomy(latest).tobytes())
    return tuple(out)


def header_of(scene: Scene, row: Row, context: int) -> tuple[object, ...]:
    """What a lane's header shows, but for what changes all the time. ``context``: as for
    ``look_of``."""
    lane, group = scene.chart.lanes[row.lane], scene.chart.groups[row.group]
    return (
        context,
        row.height,
        phase_of(scene, row),
        lane.title,
        lane.dead,
        lane.ending,
        lane.alarm,
        scene.lock_colour(lane.lock) if lane.kind == "lock" else group.colour,
    )


def words_of(scene: Scene, row: Row) -> tuple[str, int]:
    """What changes all the time: what a lane does, and how busy it was, in per cent."""
    lane = scene.chart.lanes[row.lane]
    return lane.detail, -1 if lane.share is None else round(lane.share * 100)


def _here(hit: Hit | None, row: Row) -> Hit | None:
    """What is pointed at, if it may be on this lane. Where in it does not matter."""
    if hit is None or hit.lane not in (-1, row.lane) or hit.part == "lane":
        return None
    return Hit(hit.part, hit.lane, hit.ref, 0, hit.lock)


def _tracks(lane: Lane) -> Iterator[Sliced]:
    yield from (lane.sent, lane.blocks, lane.signals)
    yield from lane.holds.values()
    yield from lane.waits
    yield from lane.aways
    yield from lane.spans
    yield from lane.owners
