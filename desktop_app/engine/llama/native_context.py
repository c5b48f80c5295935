"""What is the same of all contexts that llama.cpp makes: how one comes, is given up while it computes, and goes."""

from typing import Any

import llama_cpp.llama_cpp as c

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.engine.llama.abort_flag import AbortFlag
from desktop_app.engine.llama.model import Model


class NativeContext:
    """Used by one thread, but for `abort` and `clear_abort`; those below it say what it computes."""

    def __init__(self) -> None:
        self._abort_flag = AbortFlag()
        self._context: Any = None

    def _open(self, model: Model, parameters: Any, refused: str) -> None:
        """Make it; raises EngineError ENGINE_FAILED with what was `refused` where llama.cpp does so (its log says why)."""
        self._abort_flag.watch_over(parameters)
        self._context = c.llama_init_from_model(model.pointer, parameters)
        if not self._context:
            raise EngineError(ErrorCode.ENGINE_FAILED, refused)

    def abort(self) -> None:
        """Have the running decode, or else the next one, given up soon; from any thread."""
        self._abort_flag.set()

    def clear_abort(self) -> None:
        """Take `abort` back."""
        self._abort_flag.clear()

    def close(self) -> None:
        """Free the memory; a second call does nothing."""
        if self._context:
            c.llama_free(self._context)
            self._context = None
