"""What a person may type as arguments: Python literals, checked before anything is sent.

The text stands between the brackets of a call: ``0.5, name="io", after=#7``, where ``#7`` names a
task. It is parsed, never run. The host has the last word; this says early what it would say.
"""

from __future__ import annotations

import ast
import re
from typing import Final, NamedTuple

_HEAD: Final = "f("
# A string, which may hold a "#" of its own, or a task's number.
_STRING_OR_TASK: Final = re.compile(r"""('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|#(?=\d)""")


class Mistake(NamedTuple):
    """Why a text is refused: a sentence, and the column (from 0) where the trouble begins."""

    sentence: str
    column: int


def check_arguments(text: str, signature: str = "") -> Mistake | None:
    """What is wrong with ``text`` as the arguments of a call; None when it is good.

    ``signature`` is that of the function, ``(n: int, base: float = 1.0)``; where it is known,
    the number and the names of the arguments are checked against it.
    """
    call = _parsed(text)
    if isinstance(call, Mistake):
        return call
    return _literals(call) or (_fits(call, signature, len(text)) if signature else None)


def check_iterables(text: str) -> Mistake | None:
    """What is wrong with ``text`` as the iterables of ``map``; None when it is good."""
    call = _parsed(text)
    if isinstance(call, Mistake):
        return call
    if not call.args:
        return Mistake("map() needs at least one iterable: write range(10) or [1, 2, 3]", 0)
    for keyword in call.keywords:
        return Mistake("map() takes iterables without names", _column(keyword.value))
    for node in call.args:
        if _is_range(node):
            continue
        if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
        ):
            mistake = _literal(node)
            if mistake:
                return mistake
            continue
        return Mistake(
            f"{ast.unparse(node)} is not an iterable: write range(10) or [1, 2, 3]", _column(node)
        )
    return None


def _parsed(text: str) -> ast.Call | Mistake:
    if "\n" in text:
        return Mistake("write the arguments on one line", 0)
    try:
        # "+7" is as long as "#7", so that columns stay true, and it is a literal
        named = _STRING_OR_TASK.sub(lambda found: found[1] or "+", text)
        tree = ast.parse(f"{_HEAD}{named})", mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        offset = (error.offset or 1) - 1 - len(_HEAD) if isinstance(error, SyntaxError) else 0
        return Mistake(f"not Python: {reason}", min(max(offset, 0), len(text)))
    call = tree.body
    # "1) + (2" would close our bracket: then the outermost thing is no longer our call
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
        return Mistake("not Python: the brackets do not match", 0)
    if call.end_col_offset != len(f"{_HEAD}{text})".encode()):
        return Mistake("not Python: the brackets do not match", 0)
    return call


def _literals(call: ast.Call) -> Mistake | None:
    for node in call.args:
        mistake = _literal(node)
        if mistake:
            return mistake
    for keyword in call.keywords:
        if keyword.arg is None:
            return Mistake("** is not allowed here: write the names out", _column(keyword.value))
        mistake = _literal(keyword.value)
        if mistake:
            return mistake
    return None


def _literal(node: ast.expr) -> Mistake | None:
    try:
        ast.literal_eval(_Ranges().visit(node))
    except (ValueError, TypeError, RecursionError, MemoryError):
        return Mistake(
            f"{ast.unparse(node)} is not a literal: write a number, a 'text', None, or a list,"
            " tuple or dict of them, range(10), or #7 for task 7",
            _column(node),
        )
    return None


def _fits(call: ast.Call, signature: str, end: int) -> Mistake | None:
    try:
        function = ast.parse(f"def f{signature}: pass").body[0]
    except SyntaxError:  # a signature with a repr in it that is not Python: nothing to check by
        return None
    if not isinstance(function, ast.FunctionDef):
        return None
    takes = function.args
    positional = [arg.arg for arg in (*takes.posonlyargs, *takes.args)]
    required = positional[: len(positional) - len(takes.defaults)]
    required += [
        arg.arg
        for arg, default in zip(takes.kwonlyargs, takes.kw_defaults, strict=True)
        if default is None
    ]
    if len(call.args) > len(positional) and takes.vararg is None:
        extra = call.args[len(positional)]
        return Mistake(f"too many arguments: it takes {signature}", _column(extra))
    given = set(positional[: len(call.args)])
    known = {arg.arg for arg in (*takes.args, *takes.kwonlyargs)}
    for keyword in call.keywords:
        name = keyword.arg or ""
        if name in given:
            return Mistake(f"{name} is given twice", _column(keyword.value))
        if name not in known and takes.kwarg is None:
            return Mistake(f"there is no argument {name}: it takes {signature}", _column(keyword))
        given.add(name)
    missing = [name for name in required if name not in given]
    if missing:
        return Mistake(f"missing: {', '.join(missing)}. It takes {signature}", end)
    return None


class _Ranges(ast.NodeTransformer):
    """Puts a literal where a good ``range(...)`` stands, at any depth."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        return ast.copy_location(ast.Constant(0), node) if _is_range(node) else node


def _is_range(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "range"
        and not node.keywords
        and 1 <= len(node.args) <= 3
        and all(_literal(arg) is None for arg in node.args)
    )


def _column(node: ast.expr | ast.keyword) -> int:
    return max(node.col_offset - len(_HEAD), 0)
