"""Sixty-four workers with short naps, for as long as the window is watched: ``crowd.py``."""

from __future__ import annotations

import time

from poolscope import ThreadPoolExecutor

WORKERS = 64
LASTS_S = 14.0
NAPS_S = (0.02, 0.035, 0.06)
AT_ONCE = 256  # tasks submitted at a time


def main() -> None:
    end = time.monotonic() + LASTS_S
    with ThreadPoolExecutor(WORKERS) as pool:
        while time.monotonic() < end:
            naps = [NAPS_S[number % len(NAPS_S)] for number in range(AT_ONCE)]
            list(pool.map(time.sleep, naps))  # noqa: TID251


if __name__ == "__main__":
    main()
