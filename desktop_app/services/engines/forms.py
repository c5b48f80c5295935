"""Checks a form of answers, a grammar or a JSON Schema, while a person writes it."""

from concurrent.futures import Executor, Future

import msgspec

from desktop_app.domain.errors import AppError, ErrorInfo
from desktop_app.domain.flaws import Flaw
from desktop_app.domain.gbnf import grammar_flaw
from desktop_app.domain.json_schema import schema_flaw
from desktop_app.services.engines.engines import Engines


class FormCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a form: a flaw with its place, or else what the engine said of it.

    `is_complete` says that a loaded model was asked, which alone can tell that all is well.
    """

    flaw: Flaw | None = None
    error: ErrorInfo | None = None
    is_complete: bool = False

    @property
    def is_bad(self) -> bool:
        """Whether answers cannot be kept to it."""
        return self.flaw is not None or self.error is not None


def check_form(
    engines: Engines, pool: Executor, model_path: str | None, *, grammar: str = "", json_schema: str = ""
) -> "Future[FormCheck]":
    """Look at a grammar, or else a schema, here, and then have the model at `model_path` compile it where it is loaded."""
    checked: Future[FormCheck] = Future()

    def compiled(asked: "Future[ErrorInfo | None]") -> None:
        failure = asked.exception()
        if failure is None:
            checked.set_result(FormCheck(error=asked.result(), is_complete=True))
        elif isinstance(failure, AppError):
            checked.set_result(FormCheck())  # no model is loaded, or it went away
        else:
            checked.set_exception(failure)

    def look() -> None:
        flaw = grammar_flaw(grammar) if grammar else schema_flaw(json_schema)
        if flaw is not None or model_path is None:
            checked.set_result(FormCheck(flaw=flaw))
        else:
            engines.questions_to(model_path).check_grammar(grammar, json_schema).add_done_callback(compiled)

    pool.submit(look)
    return checked
