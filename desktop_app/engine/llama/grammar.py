"""What keeps an answer to a grammar, or to a JSON Schema."""

import ctypes
import json
from typing import TYPE_CHECKING, Any

import llama_cpp.llama_cpp as c
import numpy as np
from llama_cpp.llama_grammar import json_schema_to_gbnf

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.gbnf import grammar_flaw
from desktop_app.domain.json_schema import lost_keywords
from desktop_app.engine.chain_watch import ENTRY
from desktop_app.engine.llama.candidates import Candidates
from desktop_app.engine.token_tree import Ids

if TYPE_CHECKING:
    from desktop_app.engine.llama.model import Model


class Grammar:
    """Which tokens may follow, by a grammar in llama.cpp's GBNF; it has to be told of each token that was taken."""

    def __init__(self, model: "Model", text: str) -> None:
        """Compile `text`, which has a rule `root`; raises EngineError GRAMMAR_INVALID."""
        if "\0" in text or not text.strip():
            raise EngineError(
                ErrorCode.GRAMMAR_INVALID, "it is empty, or has a zero in it"
            )  # llama.cpp would allow all
        flaw = grammar_flaw(text)  # some would take all memory, or end the process
        if flaw is not None:
            raise EngineError(ErrorCode.GRAMMAR_INVALID, f"{flaw.words} ({flaw.line}:{flaw.column})")
        self._grammar = c.llama_sampler_init_grammar(model.vocabulary, text.encode("utf-8", "replace"), b"root")
        if not self._grammar:
            raise EngineError(ErrorCode.GRAMMAR_INVALID, "llama_sampler_init_grammar refused it")
        self._model = model
        self._one: Any = c.llama_token_data(0, 0.0, 0.0)

    def allows(self, token: int) -> bool:
        """Return whether `token` may come next."""
        self._one.id, self._one.logit = token, 1.0
        candidates = c.llama_token_data_array(ctypes.pointer(self._one), 1, -1, False)
        c.llama_sampler_apply(self._grammar, ctypes.byref(candidates))
        return bool(self._one.logit == 1.0)

    def restrict(self, candidates: Candidates) -> None:
        """Rule out every token that may not come next; takes milliseconds."""
        c.llama_sampler_apply(self._grammar, candidates.pointer)

    def possible(self) -> Ids | None:
        """Return the tokens that may come next, where they are few; None where `restrict` is as quick."""
        return self._model.token_tree.allowed(self._among)

    def _among(self, tokens: Ids) -> Ids:
        """Return those of `tokens` that may come next."""
        entries = np.zeros(len(tokens), ENTRY)
        entries["id"] = tokens
        data: Any = entries.ctypes.data_as(c.llama_token_data_p)
        candidates = c.llama_token_data_array(data, len(tokens), -1, False)
        c.llama_sampler_apply(self._grammar, ctypes.byref(candidates))
        allowed: Ids = tokens[entries["logit"] == 0.0]
        return allowed

    def accept(self, token: int) -> None:
        """Go on behind `token`, which is allowed; another one would end the process."""
        c.llama_sampler_accept(self._grammar, token)

    def close(self) -> None:
        """Free it; a second call does nothing."""
        if self._grammar:
            c.llama_sampler_free(self._grammar)
            self._grammar = None


def grammar_of_schema(schema: str) -> str:
    """Return the grammar of the JSON texts that `schema`, a JSON Schema, allows.

    llama.cpp's own converter does it; what lies behind addresses is not fetched. Raises EngineError
    SCHEMA_INVALID, and SCHEMA_KEYWORD for what the converter would pass over.
    """
    try:
        parsed = json.loads(schema)
        if not isinstance(parsed, dict):
            raise EngineError(ErrorCode.SCHEMA_INVALID, "it is not an object")
        lost = lost_keywords(parsed)
        if lost:
            raise EngineError(ErrorCode.SCHEMA_KEYWORD, keyword=min(lost))
        return str(json_schema_to_gbnf(schema))
    except (json.JSONDecodeError, RecursionError) as error:
        raise EngineError(ErrorCode.SCHEMA_INVALID, str(error)) from error
    except (AssertionError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise EngineError(ErrorCode.SCHEMA_INVALID, f"{type(error).__name__}: {error}") from error
