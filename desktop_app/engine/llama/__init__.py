"""llama.cpp's C API, bound: the one package that imports llama_cpp, and knows a pointer.

Import it in a worker only, once the environment is set: importing it loads the engine build that
LLAMA_CPP_LIB_PATH names, or the installed one. What llama.cpp would answer with an abort of the
process (a batch beyond `batch_size`, use after `close`, two threads on one context) is the caller's
to avoid.

What is in it is imported when it is first asked for: a process that only looks at devices has no use for most of it.
"""

import importlib
from typing import TYPE_CHECKING

from desktop_app.engine.llama import low_level  # noqa: F401  # before all that imports llama_cpp

if TYPE_CHECKING:
    from desktop_app.engine.llama.batch import Batch
    from desktop_app.engine.llama.candidates import Candidates
    from desktop_app.engine.llama.context import Context
    from desktop_app.engine.llama.embedding_context import EmbeddingContext
    from desktop_app.engine.llama.grammar import Grammar, grammar_of_schema
    from desktop_app.engine.llama.libraries import (
        BINDING_VERSION,
        cpu_features,
        engine_folder,
        engine_version,
        most_devices,
        start_backend,
    )
    from desktop_app.engine.llama.model import LoadCancelled, Model
    from desktop_app.engine.llama.sampler_chain import SamplerChain

__all__ = [
    "BINDING_VERSION",
    "Batch",
    "Candidates",
    "Context",
    "EmbeddingContext",
    "Grammar",
    "LoadCancelled",
    "Model",
    "SamplerChain",
    "cpu_features",
    "engine_folder",
    "engine_version",
    "grammar_of_schema",
    "most_devices",
    "start_backend",
]

_HOMES = {
    "batch": ("Batch",),
    "candidates": ("Candidates",),
    "context": ("Context",),
    "embedding_context": ("EmbeddingContext",),
    "grammar": ("Grammar", "grammar_of_schema"),
    "libraries": (
        "BINDING_VERSION",
        "cpu_features",
        "engine_folder",
        "engine_version",
        "most_devices",
        "start_backend",
    ),
    "model": ("LoadCancelled", "Model"),
    "sampler_chain": ("SamplerChain",),
}


def __getattr__(name: str) -> object:
    """Return one of the names above."""
    for home, names in _HOMES.items():
        if name in names:
            value: object = getattr(importlib.import_module(f"{__name__}.{home}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
