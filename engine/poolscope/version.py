"""The one place that holds Poolscope's version."""

__version__ = "0.1.0"
