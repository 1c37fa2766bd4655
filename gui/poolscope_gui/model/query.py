"""What is typed into the search box: words to be found, and filters by pool, state, duration ...

``pool:io state:exception >100ms fetch`` is every task of a pool with ``io`` in its name that
raised, ran for more than 100 ms, and has ``fetch`` in its call, result, worker or lock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

STATE_NAMES: Final = ("pending", "sent", "running", "finished", "exception", "cancelled")
Key = Literal["pool", "name", "worker", "lock", "error"]
KEYS: Final[dict[str, Key]] = {
    **{key: key for key in get_args(Key)},
    "task": "name",  # what the table calls that column
}
HELP: Final = (
    "Words are looked for in call, result, exception, worker and lock; all must be found.\n"
    '"two words"   as they stand\n'
    "#12   the task of this number\n"
    "pool:io   worker:io_1   task:fetch   lock:db   error:timeout\n"
    "state:exception   one of " + ", ".join(STATE_NAMES) + "\n"
    ">100ms   <2s   by how long it ran;   waited>1s   in the queue\n"
    "Enter: the next one (Ctrl+F)"
)
_UNITS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "min": 60_000_000_000,
}
_TOKEN: Final = re.compile(r'[^\s"]*"[^"]*"?|\S+')
_LIMIT: Final = re.compile(r"(?P<what>ran|waited)?(?P<sign>[<>]=?)(?P<value>.*)")
_LENGTH: Final = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|s|min)")


@dataclass(frozen=True)
class Limit:
    """A bound on how long a task ran or waited, ns."""

    what: Literal["ran", "waited"]
    more: bool
    ns: int
    same: bool = False  # the bound itself counts


@dataclass(frozen=True)
class Query:
    """What must hold of a task; texts are casefolded. ``wrong``: what is not understood, said."""

    words: tuple[str, ...] = ()
    keyed: tuple[tuple[Key, str], ...] = ()
    number: int | None = None
    states: frozenset[int] | None = None
    limits: tuple[Limit, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return self == Query(wrong=self.wrong)


def parse(text: str) -> Query:
    """What was typed. What is wrong in it asks for nothing, and is told in ``wrong``."""
    words: list[str] = []
    keyed: list[tuple[Key, str]] = []
    limits: list[Limit] = []
    wrong: list[str] = []
    states: frozenset[int] | None = None
    number: int | None = None
    for token in _TOKEN.findall(text):
        key, colon, value = token.partition(":")
        value = value.replace('"', "").casefold()
        limit = _LIMIT.fullmatch(token)
        found = KEYS.get(key.casefold())
        if limit is not None:
            made = _limit(limit)
            if made is None:
                wrong.append(f"{token}: write a length of time, such as >100ms or waited<2s")
            else:
                limits.append(made)
        elif colon and key.casefold() == "state":
            codes = _states(value)
            if not codes:
                wrong.append(f"{token}: a state is one of {', '.join(STATE_NAMES)}")
            else:
                states = codes | (states or frozenset())
        elif colon and found is not None:
            if value:
                keyed.append((found, value))
            else:
                wrong.append(f"{token} wants a word after it")
        elif re.fullmatch(r"#\d+", token):
            number = int(token[1:])
        elif word := token.replace('"', "").casefold():
            words.append(word)
    return Query(tuple(words), tuple(keyed), number, states, tuple(limits), tuple(wrong))


def _states(value: str) -> frozenset[int]:
    """The states that begin so: ``exc`` is enough."""
    codes = (code for code, name in enumerate(STATE_NAMES) if value and name.startswith(value))
    return frozenset(codes)


def _limit(found: re.Match[str]) -> Limit | None:
    length = _LENGTH.fullmatch(found["value"].casefold())
    if length is None:
        return None
    what: Literal["ran", "waited"] = "waited" if found["what"] == "waited" else "ran"
    ns = round(float(length[1]) * _UNITS[length[2]])
    return Limit(what, found["sign"][0] == ">", ns, found["sign"].endswith("="))
