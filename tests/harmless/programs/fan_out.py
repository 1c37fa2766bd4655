"""What tools of pre-commit's kind do: each thread of a pool runs a program and hears it."""

import concurrent.futures
import multiprocessing
import subprocess
import sys


def hear(number):
    code = f"import sys; print({number} * {number}); sys.exit({number} % 3 == 0)"
    run = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, check=False)
    return number, run.returncode, run.stdout.strip().decode()


if __name__ == "__main__":
    with concurrent.futures.ThreadPoolExecutor(multiprocessing.cpu_count() * 2) as pool:
        futures = {pool.submit(hear, number): number for number in range(6)}
        print(sorted(future.result() for future in concurrent.futures.as_completed(futures)))
