"""What the events of a trace mean: pure functions over arrays.

It imports numpy and ``poolscope.trace`` alone: no pools, no Qt. ``store`` turns batches of
records into tables, ``spans`` tables into lanes, ``report`` and ``findings`` tables into
sentences and JSON, ``export`` into other programs' formats.
"""
