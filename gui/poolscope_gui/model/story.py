"""What is told of one thing: sentences with links, figures, and long texts; and how it is written.

A story is plain data. ``page`` writes it as rich text, ``plain`` for the clipboard and for screen
readers. What a script named is text, never markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Final, Literal, NamedTuple

from poolscope_gui.model.tracks import NEVER

GoalPart = Literal[
    "task", "wait", "block", "signal", "hold", "span", "worker", "thread", "lock", "moment"
]
LONGEST: Final = 200  # letters of a call that is named in a sentence


class Goal(NamedTuple):
    """A thing of the trace by its row in the store's table, which stays while lanes come and go.

    A ``moment`` is a time (ns) on the lane of thread ``ref``.
    """

    part: GoalPart
    ref: int
    time: int = NEVER


class Link(NamedTuple):
    """Words that lead to a thing."""

    words: str
    goal: Goal


Words = str | Link
Sentence = tuple[Words, ...]


class Passage(NamedTuple):
    """A long text as it is: a traceback is written in letters of one width."""

    heading: str
    text: str
    code: bool = False


@dataclass(frozen=True)
class Story:
    """All that is told of one thing. ``points`` are sentences in a list below the one before."""

    title: str
    state: str = ""
    told: tuple[Sentence, ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    passages: tuple[Passage, ...] = ()
    alarm: bool = False  # the state is a bad one


@dataclass
class Telling:
    """A story while it is made."""

    told: list[Sentence] = field(default_factory=list)
    figures: list[tuple[str, str]] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)

    def say(self, *words: Words) -> None:
        """A sentence; its empty parts are left out."""
        kept = tuple(word for word in words if word)
        if kept:
            self.told.append(kept)

    def point(self, *words: Words) -> None:
        """One of a list."""
        self.say(POINT, *words)

    def figure(self, name: str, value: str) -> None:
        if value:
            self.figures.append((name, value))

    def passage(self, heading: str, text: str, *, code: bool = False) -> None:
        if text:
            self.passages.append(Passage(heading, text, code))

    def done(self, title: str, state: str = "", *, alarm: bool = False) -> Story:
        return Story(
            title, state, tuple(self.told), tuple(self.figures), tuple(self.passages), alarm
        )


POINT: Final = "\N{BULLET} "


class Inks(NamedTuple):
    """Colours of the page, as ``#rrggbb``."""

    text: str
    muted: str
    link: str
    alarm: str
    ground: str  # below what is code


def links(story: Story) -> list[Goal]:
    """Where the links of the page lead, in their order: the page names them by number."""
    return [word.goal for words in story.told for word in words if isinstance(word, Link)]


def page(story: Story, inks: Inks) -> str:
    """The story as HTML of the kind that Qt reads; links are ``goal:NUMBER``."""
    return "".join(_parts(story, inks))


def _parts(story: Story, inks: Inks) -> Iterator[str]:
    ink = inks.alarm if story.alarm else inks.muted
    state = f'<td align="right" style="color:{ink}"><b>{escape(story.state)}</b></td>'
    yield (
        '<table width="100%" cellspacing="0" cellpadding="0"><tr>'
        f"<td><b>{escape(story.title)}</b></td>{state if story.state else ''}</tr></table>"
    )
    number = 0
    for words in story.told:
        text = ""
        for word in words:
            if isinstance(word, Link):
                style = f"color:{inks.link};text-decoration:none"
                text += f'<a href="goal:{number}" style="{style}">{escape(word.words)}</a>'
                number += 1
            else:
                text += escape(word)
        left = "margin-left:12px;" if words[0] == POINT else ""
        yield f'<p style="{left}margin-top:5px;margin-bottom:0">{text}</p>'
    if story.figures:
        yield '<p style="margin-top:6px;margin-bottom:0"></p>'
        yield '<table cellspacing="0" cellpadding="1">'
        for name, value in story.figures:
            yield (
                f'<tr><td style="color:{inks.muted};padding-right:14px">{escape(name)}</td>'
                f'<td align="right"><b>{escape(value)}</b></td></tr>'
            )
        yield "</table>"
    for passage in story.passages:
        heading = f"color:{inks.muted};margin-top:8px;margin-bottom:2px"
        yield f'<p style="{heading}">{escape(passage.heading)}</p>'
        style = f"background-color:{inks.ground};margin-top:0;margin-bottom:0;white-space:pre-wrap"
        tag = "pre" if passage.code else "p"
        yield f'<{tag} style="{style}">{escape(passage.text)}</{tag}>'


def plain(story: Story) -> str:
    """The same as text: for the clipboard, and for who hears it."""
    head = f"{story.title} ({story.state})" if story.state else story.title
    lines = [head]
    for words in story.told:
        lines.append("".join(word.words if isinstance(word, Link) else word for word in words))
    lines += [f"{name}: {value}" for name, value in story.figures]
    for passage in story.passages:
        lines += [f"{passage.heading}:", passage.text]
    return "\n".join(lines) + "\n"


def first_line(text: str) -> str:
    """Of a text that may be long, and have several."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
