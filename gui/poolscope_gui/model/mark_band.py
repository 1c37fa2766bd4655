"""The band below the ruler: the chosen range with its duration, markers with their distances."""

from __future__ import annotations

from poolscope_gui.model.layout import MARKS, RULER
from poolscope_gui.model.marks import Marks, distance, letter
from poolscope_gui.model.ops import Fill, Font, Lines, Op, Rounded, Text, Texts, rects
from poolscope_gui.model.palette import readable_on, with_alpha
from poolscope_gui.model.scene import Ops, Scene

FLAG_W = 16.0
FLAG_H = 16.0
VEIL = 0x26
_PAD = 6.0
_FAR = 1e6  # pixels: a QPainter's numbers end somewhere


def flag_at(scene: Scene, x: float, y: float) -> int:
    """The place of the marker whose flag, or whose line below it, is at this point; -1: none."""
    layout, marks = scene.layout, scene.marks
    if not marks.markers or not RULER - 4 <= y < layout.top or x < layout.left:
        return -1
    reach = FLAG_W / 2 + 2 if y >= layout.top - MARKS else 3.0
    far = [abs(scene.x(marker.time) - x) for marker in marks.markers]
    best = min(range(len(far)), key=far.__getitem__)
    return best if far[best] <= reach else -1


def mark_band(scene: Scene) -> Ops:
    """Everything of it; nothing when there are no marks."""
    marks, layout = scene.marks, scene.layout
    if not layout.marks:
        return []
    out: Ops = []
    y = RULER - 2
    if marks.range is not None:
        out += _range(scene, y + MARKS / 2)
        y += MARKS
    if marks.markers:
        out += _markers(scene, y + MARKS / 2)
    return out


def _range(scene: Scene, y: float) -> Ops:
    layout, theme, fitter = scene.layout, scene.theme, scene.fitter
    chosen = scene.marks.range
    assert chosen is not None
    right = layout.left + layout.chart_width
    x0, x1 = (
        min(max(scene.x(m.time), layout.left - 9), right + 9) for m in (chosen.begin, chosen.end)
    )
    floor = layout.height - 20
    begin, end = max(x0, layout.left), min(x1, right)
    out: Ops = []
    edges = [
        (x, RULER - 2, scene.stroke(), floor - RULER + 2)
        for x in (x0, x1)
        if layout.left <= x <= right
    ]
    if end > begin:
        veil = rects((begin, layout.top, end - begin, max(0.0, floor - layout.top)))
        out.append(Fill(with_alpha(theme.accent, VEIL), veil))
        out.append(
            Fill(theme.accent, rects((begin, scene.snap(y + 7), end - begin, scene.stroke(2.0))))
        )
    out.append(Fill(theme.accent, rects(*edges)))
    out += _said(scene, "range", chosen.words, y)
    room = end - begin - 2 * _PAD
    if fitter.width(chosen.words, Font.SMALL) <= room:
        x = (begin + end - fitter.width(chosen.words, Font.SMALL)) / 2
        out.append(Texts([Text(x, y, chosen.words, Font.SMALL, theme.text)]))
    return out


def _said(scene: Scene, what: str, words: str, y: float) -> Ops:
    """In the column at the left, where it is always seen."""
    theme, fitter = scene.theme, scene.fitter
    room = scene.layout.header - 16
    text = fitter.choose((f"{what}  {words}", words), room, Font.SMALL)
    return [Texts([Text(8.0, y, text, Font.SMALL, theme.accent)])] if text else []


def _markers(scene: Scene, y: float) -> Ops:
    layout, theme, marks = scene.layout, scene.theme, scene.marks
    right = layout.left + layout.chart_width
    xs = [min(max(scene.x(marker.time), -_FAR), _FAR) for marker in marks.markers]
    seen = [(place, x) for place, x in enumerate(xs) if layout.left <= x <= right]
    floor = layout.height - 20
    lines = [(x, y - 6, scene.stroke(), floor - y + 6) for _, x in seen]
    out: Ops = [Fill(theme.text, rects(*lines))]
    for place, x in seen:
        out += _flag(scene, place, x, y)
    texts = []
    spans = []
    for place in range(len(xs) - 1):
        one, other = max(xs[place], layout.left), min(xs[place + 1], right)
        words = distance(marks.markers[place], marks.markers[place + 1])
        width = scene.fitter.width(words, Font.SMALL)
        inner = (one + FLAG_W / 2 + 2, other - FLAG_W / 2 - 2)
        if inner[1] - inner[0] < width + 2 * _PAD:
            continue
        x = (inner[0] + inner[1] - width) / 2
        texts.append(Text(x, y, words, Font.SMALL, theme.text))
        middle = scene.snap(y)
        spans += [(inner[0], middle, x - 4, middle), (x + width + 4, middle, inner[1], middle)]
    out.append(Lines(theme.muted, rects(*spans), 1.0, dotted=True))
    out.append(Texts(texts))
    return [*out, *_said(scene, *_pair(marks), y)]


def _pair(marks: Marks) -> tuple[str, str]:
    """The chosen marker and its neighbour, and how far they are apart."""
    if len(marks.markers) < 2:
        return "marker A:", "M sets another"
    place = min(max(marks.chosen, 1), len(marks.markers) - 1)
    words = distance(marks.markers[place - 1], marks.markers[place])
    return f"{letter(place - 1)} to {letter(place)}", words


def _flag(scene: Scene, place: int, x: float, y: float) -> list[Op]:
    theme = scene.theme
    colour = theme.accent if place == scene.marks.chosen else theme.text
    word = letter(place)
    width = scene.fitter.width(word, Font.SMALL)
    box = rects((scene.snap(x - FLAG_W / 2), scene.snap(y - FLAG_H / 2), FLAG_W, FLAG_H))
    ink = readable_on(colour)
    return [
        Rounded(colour, box, 3.0),
        Texts([Text(x - width / 2, y, word, Font.SMALL, ink)]),
    ]
