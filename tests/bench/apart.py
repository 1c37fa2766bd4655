"""A module of the benches in a process of its own: what it grows by is then its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def apart(module: str, *arguments: object) -> Any:
    """Run ``python -m module``, with no screen; what it prints is JSON.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    roots = os.pathsep.join(map(str, (ROOT, ROOT / "engine", ROOT / "gui")))
    environment = {**os.environ, "PYTHONPATH": roots, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", module, *map(str, arguments)]
    said = subprocess.run(command, env=environment, capture_output=True, check=False)
    if said.returncode:
        raise RuntimeError(said.stderr.decode()[-2000:])
    return json.loads(said.stdout)
