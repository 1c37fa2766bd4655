"""What the keys do with markers and the chosen range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolscope_gui.model.marks import Moment, grain_of

if TYPE_CHECKING:
    from .canvas import ChartCanvas


def drop(canvas: ChartCanvas) -> None:
    """A marker at the mouse, caught by a bar's end near it, or in the middle of the view."""
    canvas.set_marks(canvas.marks.add(canvas.caught() or canvas.at_mouse()))


def remove(canvas: ChartCanvas) -> None:
    canvas.set_marks(canvas.marks.remove())


def choose(canvas: ChartCanvas, by: int) -> None:
    """The next marker or the one before; it is brought into view."""
    marks, view = canvas.marks, canvas.navigation
    if not marks.markers:
        return
    place = (marks.chosen + by) % len(marks.markers)
    canvas.set_marks(marks.choose(place))
    time, half = marks.markers[place].time, view.span / 2
    if not view.begin <= time <= view.begin + view.span:
        canvas.move_view(lambda view: view.show(time - half, time + half))


def choose_range(canvas: ChartCanvas) -> None:
    """Between the chosen marker and the one before it; with no two of them, what is seen."""
    marks, view = canvas.marks, canvas.navigation
    if len(marks.markers) >= 2:
        place = min(max(marks.chosen, 1), len(marks.markers) - 1)
        canvas.set_marks(marks.between(marks.markers[place - 1], marks.markers[place]))
        return
    grain = grain_of(canvas.unit)
    begin, end = max(view.begin, view.first), min(view.begin + view.span, view.now)
    if end > begin:
        canvas.set_marks(marks.between(Moment(int(begin), grain), Moment(int(end), grain)))


def clear(canvas: ChartCanvas) -> None:
    """One thing after the other: a drag, the range, then what is selected, then the lane."""
    pointer = canvas.pointer
    other_drag = pointer.busy and not pointer.ranging
    pointer.give_up()
    if other_drag:
        return
    if canvas.marks.range is not None:
        canvas.set_marks(canvas.marks.without_range())
    elif canvas.selected or canvas.picked is not None:
        canvas.choose(())
        canvas.pick(None)
    elif canvas.lane is not None:
        canvas.lane = None
        canvas.update()
