"""The command line: what is said is parsed, and a verb carries it out.

``language`` parses and ``verbs`` does. None of them imports Qt or numpy at the top, so that
``record`` works on a server that has neither.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

from poolscope.started import Forked

from . import shortcut, verbs

__all__ = ["main"]

NEEDED: Final = frozenset({"PySide6", "numpy", "perfetto", "psutil", "pyqtgraph", "rich"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command line.

    Args:
        arguments: what follows the program's name. None: this process is a command of its own,
            with ``sys.argv``; then the program that ``record`` runs may be a fork of it.

    Returns:
        The exit status: 0, the script's own for ``run`` and ``record``, 124 when ``record`` ended
        the script at its limit, 2 for wrong use, 1 when something failed. Failures are one line.
    """
    if sys.version_info < verbs.OLDEST:  # from a checkout, which nothing had to be installed for
        verbs.complain(verbs.too_old(sys.executable, sys.version_info[:2]))
        return verbs.WRONG_USE
    try:
        return _main(sys.argv[1:] if arguments is None else arguments, alone=arguments is None)
    except Forked as forked:
        program = forked.program
    # Out of all that the supervisor had begun, as deep in the stack as in a fresh interpreter.
    return program()


def _main(arguments: Sequence[str], *, alone: bool) -> int:
    said = shortcut.parsed(arguments)
    if said is None:
        from . import language

        said = language.build_parser().parse_args(arguments)
    said.alone = alone
    carry_out: Callable[..., int] = said.verb
    try:
        status = int(carry_out(said))
        if sys.stdout is not None:  # closed, as a service's may be
            sys.stdout.flush()
        if alone and carry_out is verbs.record:
            # The program has ended, and whoever waits for us waits for it: a tenth of what
            # ``record`` adds would be taking ourselves apart.
            if sys.stderr is not None:
                sys.stderr.flush()
            os._exit(status)
        return status
    except verbs.Failure as failure:
        verbs.complain(str(failure))
        return failure.status
    except ModuleNotFoundError as error:
        lacking = str(error.name).partition(".")[0]
        if lacking not in NEEDED:
            raise
        verbs.complain(
            f"{lacking} is not installed for {sys.executable}: type `make run` in the "
            "checkout, or have that Python install it: -m pip install ."
        )
        return verbs.FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read us (`| head`) has had enough.
        _give_up_output()
        return 141
    except OSError as error:  # standard output on a full disk, for one
        _give_up_output()
        full = error.errno == errno.ENOSPC and error.filename is None
        said = "the disk is full: what was printed is not all of it; make room"
        verbs.complain(said if full else str(error))
        return verbs.FAILED


def _give_up_output() -> None:
    """What is still in the buffer must go nowhere, or the interpreter complains at its exit."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
