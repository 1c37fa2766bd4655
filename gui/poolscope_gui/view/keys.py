"""Which key does what on the chart: one table for the keys, the menu and the sheet of shortcuts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from . import lane_keys, mark_keys
from .key_place import key_of

if TYPE_CHECKING:
    from poolscope_gui.model.viewport import Navigation

    from .canvas import ChartCanvas

ZOOM: Final = 0.8
PAN: Final = 0.1
SCROLL_STEP: Final = 48
_MODIFIERS: Final = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.ShiftModifier
    | Qt.KeyboardModifier.AltModifier
)
Stroke = tuple[Qt.Key, Qt.KeyboardModifier]
Act = Callable[["ChartCanvas"], None]
_K, _M = Qt.Key, Qt.KeyboardModifier
_PLAIN, _SHIFT, _CTRL = _M.NoModifier, _M.ShiftModifier, _M.ControlModifier


class Command(NamedTuple):
    """Something the chart does. ``keys``: as people read them; ``text``: "" if no menu has it."""

    keys: str
    strokes: tuple[Stroke, ...]
    act: Act
    said: str  # on the sheet; "": said with the one before it
    text: str = ""  # in the menu
    tip: str = ""
    group: str = "Chart"


def _move(move: Callable[[Navigation], None], gesture: str = "keys") -> Act:
    return lambda canvas: canvas.move_view(move, gesture)


def _scroll(rows: int, pages: int) -> Act:
    def act(canvas: ChartCanvas) -> None:
        by = rows * SCROLL_STEP + pages * canvas.layout_now().scrolled_page
        canvas.set_scroll(canvas.scrolled + by)

    return act


def _plain(*keys: Qt.Key) -> tuple[Stroke, ...]:
    return tuple((key, _PLAIN) for key in keys)


def _either(key: Qt.Key, other: Qt.Key) -> tuple[Stroke, ...]:
    """With Ctrl, whether or not the sign needs Shift on this keyboard."""
    return tuple((each, _CTRL | shift) for each in (key, other) for shift in (_PLAIN, _SHIFT))


COMMANDS: Final[dict[str, Command]] = {
    "zoom_in": Command(
        "W, +",
        (*_plain(_K.Key_W, _K.Key_Plus, _K.Key_Equal), (_K.Key_Plus, _SHIFT)),
        _move(lambda view: view.zoom_keys(ZOOM)),
        "zoom in",
    ),
    "zoom_out": Command(
        "S, -",
        _plain(_K.Key_S, _K.Key_Minus),
        _move(lambda view: view.zoom_keys(1 / ZOOM)),
        "zoom out",
    ),
    "earlier": Command(
        "A, Left", _plain(_K.Key_A, _K.Key_Left), _move(lambda view: view.pan(-PAN)), "earlier"
    ),
    "later": Command(
        "D, Right", _plain(_K.Key_D, _K.Key_Right), _move(lambda view: view.pan(PAN)), "later"
    ),
    "scroll_up": Command("Up", _plain(_K.Key_Up), _scroll(-1, 0), "scroll the lanes up"),
    "scroll_down": Command("Down", _plain(_K.Key_Down), _scroll(1, 0), "scroll the lanes down"),
    "page_up": Command("Page Up", _plain(_K.Key_PageUp), _scroll(0, -1), "a page of lanes up"),
    "page_down": Command("Page Down", _plain(_K.Key_PageDown), _scroll(0, 1), "a page down"),
    "start": Command(
        "Home", _plain(_K.Key_Home), _move(lambda view: view.to_start(), ""), "the start of the run"
    ),
    "end": Command(
        "End",
        _plain(_K.Key_End),
        _move(lambda view: view.set_follow(True), ""),
        "the live edge, and follow it",
    ),
    "frame": Command(
        "F",
        _plain(_K.Key_F),
        lambda canvas: canvas.frame_selection(),
        "frame the selected tasks, or the range, or all",
    ),
    "marker": Command(
        "M",
        _plain(_K.Key_M),
        mark_keys.drop,
        "set a marker at the mouse",
        "Set a marker",
        "A mark on the time axis, at the mouse; two or more say how far they are apart",
        "Marks",
    ),
    "choose_marker": Command(
        ",  and  .",
        _plain(_K.Key_Period),
        lambda canvas: mark_keys.choose(canvas, 1),
        "choose the marker before, after",
        group="Marks",
    ),
    "choose_marker_before": Command(
        "", _plain(_K.Key_Comma), lambda canvas: mark_keys.choose(canvas, -1), "", group="Marks"
    ),
    "marker_left": Command(
        "Shift+Left, Shift+Right",
        ((_K.Key_Right, _SHIFT),),
        lambda canvas: canvas.step_marker(1),
        "move the chosen marker by a pixel",
        group="Marks",
    ),
    "marker_right": Command(
        "", ((_K.Key_Left, _SHIFT),), lambda canvas: canvas.step_marker(-1), "", group="Marks"
    ),
    "remove_marker": Command(
        "Delete",
        _plain(_K.Key_Delete, _K.Key_Backspace),
        mark_keys.remove,
        "remove the chosen marker",
        "Remove the chosen marker",
        "The one with the bright flag",
        "Marks",
    ),
    "range": Command(
        "R",
        _plain(_K.Key_R),
        mark_keys.choose_range,
        "a range: between two markers, or all in view",
        "Choose a range",
        "What lies between two markers, or what is seen; the statistics are then of it",
        "Marks",
    ),
    "no_range": Command(
        "Esc",
        _plain(_K.Key_Escape),
        mark_keys.clear,
        "let the range go, or all that is chosen",
        "Let the range go",
        "The statistics are of what is seen again",
        "Marks",
    ),
    "lane_above": Command(
        "Ctrl+Up, Ctrl+Down",
        ((_K.Key_Up, _CTRL),),
        lambda canvas: lane_keys.choose(canvas, -1),
        "choose a lane for the keys below",
        group="Lanes",
    ),
    "lane_below": Command(
        "", ((_K.Key_Down, _CTRL),), lambda canvas: lane_keys.choose(canvas, 1), "", group="Lanes"
    ),
    "fold": Command(
        "G",
        _plain(_K.Key_G),
        lane_keys.fold,
        "fold its pool to one row, or unfold it",
        "Fold the lane's pool",
        "One row that says how many of its workers are busy; again: all its lanes",
        "Lanes",
    ),
    "fold_all": Command(
        "Shift+G",
        ((_K.Key_G, _SHIFT),),
        lane_keys.fold_all,
        "fold all pools, or unfold them",
        "Fold all pools",
        "One row for each pool; again: all lanes",
        "Lanes",
    ),
    "pin": Command(
        "P",
        _plain(_K.Key_P),
        lane_keys.pin,
        "pin it to the top, or let it go",
        "Pin the lane to the top",
        "It stays while the others scroll; again: it goes back",
        "Lanes",
    ),
    "hide": Command(
        "H",
        _plain(_K.Key_H),
        lane_keys.hide,
        "hide it",
        "Hide the lane",
        "What is hidden is said at the right of the legend, and shown again from there",
        "Lanes",
    ),
    "show_lanes": Command(
        "Shift+H",
        ((_K.Key_H, _SHIFT),),
        lambda canvas: canvas.arrange_lanes(lambda lanes: lanes.show()),
        "show all hidden lanes",
        "Show all lanes",
        "Those that were hidden are where they were",
        "Lanes",
    ),
    "lane_up": Command(
        "Shift+Up, Shift+Down",
        ((_K.Key_Up, _SHIFT),),
        lambda canvas: lane_keys.move(canvas, -1),
        "move it up, down among its pool's",
        "Move the lane up",
        "Among those of its pool, or the pinned ones; dragging its name does the same",
        "Lanes",
    ),
    "lane_down": Command(
        "Shift+Down",
        ((_K.Key_Down, _SHIFT),),
        lambda canvas: lane_keys.move(canvas, 1),
        "",
        "Move the lane down",
        "Among those of its pool, or the pinned ones; dragging its name does the same",
        "Lanes",
    ),
    "taller": Command(
        "Ctrl++, Ctrl+-",
        _either(_K.Key_Plus, _K.Key_Equal),
        lambda canvas: lane_keys.resize(canvas, 1.25),
        "taller, lower lanes",
        "Taller lanes",
        "All of them; the edge of a lane's name can be dragged, too",
        "Lanes",
    ),
    "lower": Command(
        "Ctrl+-",
        _either(_K.Key_Minus, _K.Key_Underscore),
        lambda canvas: lane_keys.resize(canvas, 1 / 1.25),
        "",
        "Lower lanes",
        "All of them; the edge of a lane's name can be dragged, too",
        "Lanes",
    ),
    "natural": Command(
        "N",
        _plain(_K.Key_N),
        lambda canvas: canvas.arrange_lanes(lambda lanes: lanes.natural()),
        "lanes as tall as there is room",
        "Lanes of their own height",
        "As tall as there is room for",
        "Lanes",
    ),
}
_OF_STROKE: Final = {
    stroke: name for name, command in COMMANDS.items() for stroke in command.strokes
}


def press(canvas: ChartCanvas, event: QKeyEvent) -> bool:
    """Do what the key says; False when it says nothing."""
    stroke = (key_of(event), event.modifiers() & _MODIFIERS)
    name = _OF_STROKE.get(stroke)
    if name is None or canvas.blank:
        return False
    COMMANDS[name].act(canvas)
    return True


def said(group: str) -> list[tuple[str, str]]:
    """The keys of a group and what they do, for the sheet."""
    return [(c.keys, c.said) for c in COMMANDS.values() if c.said and c.group == group]
