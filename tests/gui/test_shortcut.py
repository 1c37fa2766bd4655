"""The usual command lines, read by hand: the same as by the whole language, or not at all."""

from __future__ import annotations

import pytest

from poolscope_gui import language, shortcut

READ = [
    "-o t s.py",
    "-o t.poolscope -m mod a b",
    "-m -o t mod -m -o other",
    "--all-locks -o t s.py --help -1 --version",
    "--python other -o t s.py -o",
    "-o first -o t s.py record",
]
LEFT = [
    "s.py -o t",
    "-ot s.py",
    "-o=t s.py",
    "-o -m s.py",
    "-o t --limit 3 s.py",
    "-o t --engine poolscope s.py",
    "-o t -- s.py",
    "-o t s.py -- a",
    "-o t -mx",
    "-o t --frobnicate s.py",
    "-o t",
    "-o",
    "-h",
    "",
]


@pytest.mark.parametrize("line", READ)
def test_a_usual_line_means_the_same(line: str) -> None:
    arguments = ["record", *line.split()]
    said = shortcut.parsed(arguments)
    assert said is not None
    assert vars(said) == vars(language.build_parser().parse_args(arguments))


@pytest.mark.parametrize("line", LEFT)
def test_any_other_is_left_to_the_language(line: str) -> None:
    assert shortcut.parsed(["record", *line.split()]) is None


@pytest.mark.parametrize("options", ["", "-m", "--limit 3 --python p", "--engine=stdlib", "--"])
@pytest.mark.parametrize("theirs", ["", "-- a -b", "a -- -- b", "-o x --limit 3 --python", "-h --"])
@pytest.mark.parametrize("verb", ["run", "record -o t"])
def test_what_follows_the_program_is_its_own_to_the_letter(
    verb: str, options: str, theirs: str
) -> None:
    if verb == "run":
        options = options.replace("--limit 3", "")
    words = [*verb.split(), *options.split(), "s.py", *theirs.split()]
    said = language.build_parser().parse_args(words)
    assert (said.program, said.arguments) == ("s.py", theirs.split())


def test_short_options_may_stand_together() -> None:
    for words in (["-mo", "t"], ["-mot"], ["-ot", "-m"]):
        said = language.build_parser().parse_args(["record", *words, "s", "--", "a"])
        assert (said.module, str(said.trace), said.program) == (True, "t", "s")
        assert said.arguments == ["--", "a"]


@pytest.mark.parametrize("arguments", [[], ["run", "s.py"], ["record", "-o", "t", ""]])
def test_what_is_no_record_is_left_too(arguments: list[str]) -> None:
    assert shortcut.parsed(arguments) is None
