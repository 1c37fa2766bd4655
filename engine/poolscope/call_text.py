"""What a person types between the brackets of a call, read without running any of it.

``arguments("1, 'a', key=[2, 3], until=#7", task)`` gives ``((1, "a"), {"key": [2, 3], "until":
task(7)})``. Allowed are Python's literals, ``range(...)`` of literal integers, and ``#7``, which
names a task: ``task`` turns the number into its future. Everything else is refused with a sentence
that says where; nothing that was typed is ever evaluated.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from typing import Any, Final

from poolscope.naming import cut
from poolscope.refusal import RefusedError

__all__ = ["Arguments", "arguments", "fit", "named_tasks"]

Arguments = tuple[tuple[Any, ...], dict[str, Any]]

MAX_CHARACTERS: Final = 100_000
MAX_RANGE: Final = 1_000_000
_TASK_NAME: Final = "_poolscope_task"
# A string literal, which may hold a "#" of its own, or "#" and a number.
_STRING_OR_TASK: Final = re.compile(
    r"""('''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|#(\d+)""", re.DOTALL
)
_LITERALS: Final = (
    "a number, 'text' in quotes, True, False, None, a [list], a (tuple,), a {dict: ...}, a {set},"
    " range(10), or #7 for task 7"
)


def arguments(text: str, task: Callable[[int], object], field: str = "arguments") -> Arguments:
    """The positional and keyword arguments that ``text`` spells.

    ``task`` gives what ``#number`` stands for, or raises ``RefusedError``. Raises
    ``RefusedError`` with ``field`` when the text is anything but literals.
    """
    if len(text) > MAX_CHARACTERS:
        raise RefusedError(
            f"The arguments are {len(text):,} characters long; at most {MAX_CHARACTERS:,} are"
            " taken. Let the task make its data itself.",
            field,
        )
    call = _parsed(text, field)
    args = tuple(_value(node, task, field) for node in call.args)
    kwargs: dict[str, Any] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise RefusedError("The arguments hold **: write the keywords out, as in n=3.", field)
        kwargs[keyword.arg] = _value(keyword.value, task, field)
    return args, kwargs


def named_tasks(text: str) -> list[int]:
    """The numbers of the tasks that ``text`` names, in their order."""
    return [int(match[2]) for match in _STRING_OR_TASK.finditer(text) if match[2]]


def _parsed(text: str, field: str) -> ast.Call:
    named = _STRING_OR_TASK.sub(
        lambda match: match[1] if match[1] else f"{_TASK_NAME}({match[2]})", text
    )
    try:
        # The line break lets a comment in the text end before our bracket.
        body = ast.parse(f"f({named}\n)", mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reason = getattr(error, "msg", None) or str(error) or type(error).__name__
        raise RefusedError(
            f"The arguments ({cut(text, 80)}) cannot be read: {reason}."
            f" Write values separated by commas: {_LITERALS}.",
            field,
        ) from error
    if not isinstance(body, ast.Call) or not isinstance(body.func, ast.Name):
        raise RefusedError(
            f"The arguments ({cut(text, 80)}) close a bracket that they did not open."
            f" Write values separated by commas: {_LITERALS}.",
            field,
        )
    return body


class _Named(ast.NodeTransformer):
    """Puts futures and ranges into the tree as constants, which ``literal_eval`` lets through."""

    def __init__(self, task: Callable[[int], object], field: str) -> None:
        self._task = task
        self._field = field

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == _TASK_NAME:
            (number,) = node.args
            assert isinstance(number, ast.Constant)
            assert isinstance(number.value, int)
            return _constant(self._task(number.value))
        if name == "range" and not node.keywords:
            return _constant(self._range([ast.literal_eval(argument) for argument in node.args]))
        return node

    def _range(self, bounds: list[Any]) -> range:
        try:
            numbers = range(*bounds)
            size = len(numbers)
        except (TypeError, ValueError, OverflowError) as error:
            shown = ", ".join(map(repr, bounds))
            raise RefusedError(
                f"range({shown}): {error}. Write whole numbers, as in range(10).", self._field
            ) from error
        if size > MAX_RANGE:
            raise RefusedError(
                f"{numbers} has {size:,} numbers; at most {MAX_RANGE:,} are taken.", self._field
            )
        return numbers


def _constant(value: object) -> ast.Constant:
    constant = ast.Constant(None)
    constant.value = value  # type: ignore[assignment]  # literal_eval gives back what it finds
    return constant


def _value(node: ast.expr, task: Callable[[int], object], field: str) -> object:
    source = _as_typed(node)
    if isinstance(node, ast.Starred):
        raise RefusedError(f"The arguments hold {source}: write the values out, without *.", field)
    try:
        return ast.literal_eval(_Named(task, field).visit(node))
    except RefusedError:
        raise
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise RefusedError(
            f"The argument {source} is not a literal; expected {_LITERALS}." + _hint(node), field
        ) from error


def _as_typed(node: ast.expr) -> str:
    try:
        source = ast.unparse(node)
    except (ValueError, RecursionError):
        return "that is nested too deeply"
    return cut(re.sub(rf"{_TASK_NAME}\((\d+)\)", r"#\1", source), 80)


def _hint(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return f" If you mean the text, write '{node.id}'."
    if isinstance(node, ast.BinOp):
        return " Nothing is calculated here: write the result."
    if isinstance(node, ast.Call):
        return " Calls are not made here: a function of your own can make them."
    return ""


def fit(function: Callable[..., object], call: Arguments, field: str = "arguments") -> None:
    """Raise ``RefusedError`` when ``function`` cannot be called with these arguments."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return  # a function in C that does not say what it takes: it will say so itself
    try:
        signature.bind(*call[0], **call[1])
    except TypeError as error:
        name = getattr(function, "__name__", "the task")
        raise RefusedError(f"{name}{signature} does not fit: {error}.", field) from error
