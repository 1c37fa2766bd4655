"""Watching a program that has never heard of Poolscope: hooks on the standard library's faces.

The library stays as it is and does its own work; where it passes a point that matters, the fact is
recorded, in the words of ``trace/schema.py``, so that the same analysis and the same picture serve
both engines. ``install()`` puts the hooks in place; nothing takes them out again. While nothing
records, each costs one test of a variable.

How they keep out of the way:

- Python classes (``Future``, the executors, ``Thread``, ``Condition``, ``Queue`` ...) stay the same
  objects; single methods of theirs are wrapped. ``Lock`` and ``RLock`` are C, so the names in
  ``threading`` lead to classes that look like theirs (``locks.py``).
- No frame of ours is in any traceback: each hook takes its own out (``faces.hide``).
- A hook looks, records, and calls the original. It never decides.
- What a module needs is hooked when the program imports it (``imports.py``), so that a program pays
  for nothing that it does not use.
- Locks that the standard library makes for itself are left alone (``origin.py``).
"""

from __future__ import annotations

from poolscope.instrument.install import follow_children, install, installed

__all__ = ["follow_children", "install", "installed"]
