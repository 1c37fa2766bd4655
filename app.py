"""Starts the command line from a checkout, also a bare one; nothing else."""

import sys
from pathlib import Path

if __name__ == "__main__":
    for root in ("gui", "engine"):
        sys.path.insert(0, str(Path(__file__).resolve().parent / root))

    from poolscope_gui.cli import main

    del sys.path[:2]  # both are found by now; a program that we run has a path of its own

    sys.exit(main())
