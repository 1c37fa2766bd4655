"""CPython's tests of concurrent.futures, but for two that hang by themselves now and then.

Before Python 3.12.8 and 3.13.1 a process pool that is shut down just as a task cannot be pickled
may wait for ever (python/cpython#125451), which is what these two do.
"""

import sys
import unittest

MENDED = sys.version_info >= (3, 13, 1) or (3, 12, 8) <= sys.version_info < (3, 13)
HANG = () if MENDED else ("test_shutdown_deadlock_pickle", "test_processes_terminate")


def each(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from each(test)
        else:
            yield test


def load_tests(loader, _tests, _pattern):
    suite = loader.loadTestsFromName("test.test_concurrent_futures")
    return loader.suiteClass(test for test in each(suite) if test._testMethodName not in HANG)
