"""Has Python import modules as it does by itself again: a process that imports this before PySide6 imports the rest sooner.

PySide6 takes the place of `__import__`, so that a module can ask for other names of Qt's functions with `__feature__`.
No module here does. To find those that might, it would read the source of each that is imported, Python's own too, and
keep all their lines: 23 MB, for a window with an empty chat.
"""

import builtins

import shiboken6  # noqa: F401  # it is what takes the place of `__import__`, as soon as it is there

builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
