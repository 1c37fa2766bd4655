"""tqdm.contrib.concurrent, both of its maps."""

import sys

from tqdm.contrib.concurrent import process_map, thread_map


def square(n):
    return n * n


if __name__ == "__main__":
    quiet = {"max_workers": 2, "file": sys.stdout, "disable": True}
    print(thread_map(square, range(20), **quiet))
    print(process_map(square, range(20), chunksize=5, **quiet))
    if "fail" in sys.argv:
        thread_map(int, ["1", "two"], **quiet)
