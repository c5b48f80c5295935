"""Imports llama-cpp-python without its high-level class: a process that imports this first begins to load sooner.

The package imports that class by itself, and with it Jinja and what reads chats and pictures. Nobody here uses it.
Whoever imports `llama_cpp.llama` later has it all the same.
"""

import sys
from types import ModuleType

HIGH_LEVEL = "llama_cpp.llama"

if "llama_cpp" not in sys.modules:
    sys.modules[HIGH_LEVEL] = ModuleType(HIGH_LEVEL)  # the package asks it for all its names, and there are none
    try:
        import llama_cpp  # noqa: F401
    finally:
        del sys.modules[HIGH_LEVEL]
