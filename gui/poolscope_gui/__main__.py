"""``python -m poolscope_gui``: the command line."""

import sys

from poolscope_gui.cli import main

if __name__ == "__main__":
    sys.exit(main())
