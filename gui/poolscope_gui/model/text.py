"""Text that fits: cut with an ellipsis, or left out, never painted over its neighbour."""

from __future__ import annotations

from poolscope_gui.model.ops import Font, Meter

ELLIPSIS = "…"
_CACHE_LIMIT = 32768
TAIL = 4


class Fitter:
    """Cuts texts to widths. Remembers what it measured: the same labels come every frame."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._widths: dict[tuple[str, Font], float] = {}
        self._cuts: dict[tuple[str, Font, int], str] = {}

    def width(self, text: str, font: Font) -> float:
        key = (text, font)
        known = self._widths.get(key)
        if known is None:
            if len(self._widths) >= _CACHE_LIMIT:
                self._widths.clear()
            known = self._widths[key] = self._meter(text, font)
        return known

    def cut(self, text: str, width: float, font: Font) -> str:
        """``text``, or as much of its beginning as fits with an ellipsis, or ""."""
        text = " ".join(text.split())
        if width <= 0 or not text:
            return ""
        key = (text, font, int(width))
        known = self._cuts.get(key)
        if known is None:
            if len(self._cuts) >= _CACHE_LIMIT:
                self._cuts.clear()
            known = self._cuts[key] = self._search(text, int(width), font)
        return known

    def cut_middle(self, text: str, width: float, font: Font) -> str:
        """The same, but with the end kept: the names of a pool's workers differ only there."""
        if self.width(text, font) <= width:
            return text
        tail = text[-TAIL:]
        head = self.cut(text[:-TAIL] + ELLIPSIS, width - self.width(tail, font), font)
        return f"{head.rstrip(ELLIPSIS).rstrip()}{ELLIPSIS}{tail}" if head else ""

    def _search(self, text: str, width: int, font: Font) -> str:
        text = text[: width + 1]  # no letter is narrower than a pixel: bounds the work
        if self._meter(text, font) <= width:
            return text
        low, high = 0, len(text) - 1
        while low < high:
            middle = (low + high + 1) // 2
            # Remembered: in a zoom the same label is cut to another width in each frame.
            if self.width(text[:middle].rstrip() + ELLIPSIS, font) <= width:
                low = middle
            else:
                high = middle - 1
        return text[:low].rstrip() + ELLIPSIS if low else ""

    def choose(self, texts: tuple[str, ...], width: float, font: Font, least: int = 6) -> str:
        """The first text that fits whole; else the last, cut, if ``least`` letters of it stay."""
        for text in texts:
            if text and self.width(text, font) <= width:
                return text
        cut = self.cut(texts[-1], width, font) if texts else ""
        return cut if len(cut) > least else ""
