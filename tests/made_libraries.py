"""Shared libraries that fail as graphics drivers do, made by the C compiler."""

import shutil
import subprocess
from pathlib import Path

import pytest

ABORTS = "#include <stdlib.h>\n__attribute__((constructor)) static void load(void) { abort(); }"
EXITS = "#include <unistd.h>\n__attribute__((constructor)) static void load(void) { _exit(3); }"
HANGS = "#include <unistd.h>\n__attribute__((constructor)) static void load(void) { for (;;) pause(); }"
FAULTS = "void *ggml_backend_init(void) { return *(void *volatile *) 8; }"
IS_NONE = "int answer = 42;"


def compile_library(source: str, library: Path) -> Path:
    """Compile `source`, in C; the test is skipped where nothing does that."""
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name) is not None), None)
    if compiler is None:
        pytest.skip("there is no C compiler to make the library with")
    command = [compiler, "-shared", "-fPIC", "-x", "c", "-", "-o", str(library)]
    subprocess.run(command, input=source, text=True, check=True, capture_output=True)
    return library
