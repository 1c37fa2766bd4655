"""The language of the command line: what may be said, and which verb carries it out."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from poolscope.version import __version__

from . import verbs

__all__ = ["build_parser"]

EXPORTS: Final = (".pftrace", ".json", ".csv")
PICTURES: Final = (".png", ".svg", ".pdf")
_SIZE: Final = re.compile(r"(\d{1,5})[x\N{MULTIPLICATION SIGN}](\d{1,5})", re.IGNORECASE)
_SIDES: Final = range(160, 16_384 + 1)  # less shows nothing, more is an image of over 1 GiB

DESCRIPTION: Final = (
    "An oscilloscope for thread and process pools. With no verb: open the window on a fresh host."
)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, where argparse would print its usage first.

    ``runs``: of a verb that runs a program. What follows the program's name is the program's, to
    the letter: argparse would take a ``--`` out of it.
    """

    runs = False

    def error(self, message: str) -> NoReturn:
        self.exit(verbs.WRONG_USE, f"poolscope: {message}\n")

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        if not self.runs or args is None:
            return super().parse_known_args(args, namespace)
        end = self._program(args) + 1
        said, unknown = super().parse_known_args(args[:end], namespace)
        said.arguments = list(args[end:])
        return said, unknown

    def _program(self, words: Sequence[str]) -> int:
        """Where the program is named: behind our options, and their values."""
        at = 0
        while at < len(words) and words[at].startswith("-") and words[at] != "-":
            if words[at] == "--":
                return at + 1
            at += 2 if self._takes_the_next(words[at]) else 1
        return at

    def _takes_the_next(self, word: str) -> bool:
        """Whether the next word is this option's value; short ones may stand together."""
        names = [word] if word.startswith("--") else [f"-{letter}" for letter in word[1:]]
        for place, name in enumerate(names, 1):
            option = self._option_string_actions.get(name)
            if option is not None and option.nargs != 0:
                return place == len(names)  # what stands behind it in the same word is its value
        return False


def build_parser() -> Parser:
    """The whole language of the command line."""
    parser = Parser(prog="poolscope", description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"poolscope {__version__}")
    parser.add_argument("--demo", action="store_true", help="run the demo in the window at once")
    parser.set_defaults(verb=verbs.window)
    words = parser.add_subparsers(title="verbs", metavar="VERB", parser_class=Parser)
    _add_running(words)
    _add_reading(words)
    return parser


def _add_running(words: argparse._SubParsersAction[Parser]) -> None:
    run = words.add_parser("run", help="run a program under the window", allow_abbrev=False)
    _add_program(run)
    run.set_defaults(verb=verbs.run)

    record = words.add_parser(
        "record", help="run a program and record it, with no window", allow_abbrev=False
    )
    record.add_argument(
        "-o", dest="trace", metavar="TRACE", type=Path, required=True,
        help="where the trace goes: a folder, or one file if it ends in .poolscope",
    )  # fmt: skip
    record.add_argument(
        "--limit", metavar="SECONDS", type=_seconds,
        help="end the program after that long (exit status 124); the trace stays good",
    )  # fmt: skip
    _add_program(record)
    record.set_defaults(verb=verbs.record)

    lesson = words.add_parser(
        "lesson", help="list the lessons, or run one under the window", allow_abbrev=False
    )
    lesson.add_argument("name", metavar="NAME", nargs="?", help="which lesson to run")
    lesson.set_defaults(verb=verbs.lesson)


def _add_program(parser: Parser) -> None:
    parser.runs = True
    parser.add_argument(
        "-m", dest="module", action="store_true",
        help="SCRIPT is a module, as python -m takes it",
    )  # fmt: skip
    parser.add_argument(
        "--python", metavar="INTERPRETER",
        help="run it with this Python, in which Poolscope need not be installed",
    )  # fmt: skip
    parser.add_argument(
        "--all-locks", action="store_true",
        help="also see the locks that the standard library makes for itself",
    )  # fmt: skip
    parser.add_argument(
        "--engine", choices=("stdlib", "poolscope"), default="stdlib",
        help="poolscope: run it on our pools in place of the standard library's",
    )  # fmt: skip
    parser.add_argument("program", metavar="SCRIPT", help="a Python script, or with -m a module")
    parser.add_argument(
        "arguments", metavar="ARG", nargs=argparse.REMAINDER, help="the program's own arguments"
    )


def _add_reading(words: argparse._SubParsersAction[Parser]) -> None:
    opened = words.add_parser("open", help="open a trace in the window", allow_abbrev=False)
    _add_trace(opened)
    opened.set_defaults(verb=verbs.open_trace)

    report = words.add_parser("report", help="say what happened in a trace", allow_abbrev=False)
    _add_trace(report)
    report.add_argument("--json", action="store_true", help="the same for scripts")
    report.set_defaults(verb=verbs.report)

    render = words.add_parser("render", help="draw a trace's chart", allow_abbrev=False)
    _add_trace(render)
    _add_output(render, "PICTURE", PICTURES)
    render.add_argument("--size", metavar="WxH", type=_size, help="in pixels")
    render.add_argument("--theme", choices=("light", "dark"), default="light")
    render.set_defaults(verb=verbs.render)

    export = words.add_parser(
        "export", help="write a trace for another program", allow_abbrev=False
    )
    _add_trace(export)
    _add_output(export, "FILE", EXPORTS)
    export.set_defaults(verb=verbs.export)


def _add_trace(parser: Parser) -> None:
    parser.add_argument("trace", metavar="TRACE", type=Path, help="a folder or a .poolscope file")


def _add_output(parser: Parser, what: str, endings: tuple[str, ...]) -> None:
    def checked(text: str) -> Path:
        if not text.lower().endswith(endings):
            raise argparse.ArgumentTypeError(
                f"{text!r} should end in one of {', '.join(endings)}: that chooses the format"
            )
        return Path(text)

    parser.add_argument(
        "-o", dest="output", metavar=what, type=checked, required=True,
        help=f"where it goes; ends in one of {', '.join(endings)}",
    )  # fmt: skip


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def _size(text: str) -> tuple[int, int]:
    found = _SIZE.fullmatch(text)
    width, height = (int(side) for side in found.groups()) if found else (0, 0)
    if width not in _SIDES or height not in _SIDES:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a size such as 1600x900, each side {_SIDES[0]} to {_SIDES[-1]}"
        )
    return width, height
