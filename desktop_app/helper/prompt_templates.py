"""Fills in the templates that people write or get from others, in the sandbox of the chat templates.

A template sees the values of its placeholders and nothing else. Values are data: what looks like a template in one
of them comes out as it went in.
"""

from types import TracebackType

import jinja2

from desktop_app.domain.errors import ErrorCode, TemplateFileError
from desktop_app.helper.templates import BASE_CHARACTERS, MULTIPLE, TEMPLATE_FAULTS, Sandbox, TooLongError
from desktop_app.protocol.helper import FillTemplates
from desktop_app.support.i18n import N_

_OWN_FILE = "<template>"
"""The file name that Jinja gives the frames of a template made from a text."""


class PromptFiller:
    """Fills in requests; a name without a value is an error, so that nothing is left out in silence."""

    def __init__(self) -> None:
        self._sandbox = Sandbox(trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)

    def fill(self, request: FillTemplates) -> tuple[str, ...]:
        """Return the filled texts, without blank space around them.

        Raises TemplateFileError PROMPT_TEMPLATE_UNFILLED with the number of the template, the line in it, both 0 or
        more and 1 or more, and what is wrong there.
        """
        values = request.values
        limit = BASE_CHARACTERS + MULTIPLE * sum(len(str(value)) for value in values.values())
        texts: list[str] = []
        for place, template in enumerate(request.templates):
            try:
                texts.append(self._fill(template, values, limit).strip())
            except TEMPLATE_FAULTS as error:
                raise TemplateFileError(
                    ErrorCode.PROMPT_TEMPLATE_UNFILLED,
                    type(error).__name__,
                    template=place,
                    line=_line_of(error),
                    problem=_problem_of(error),
                ) from error
        return tuple(texts)

    def _fill(self, template: str, values: dict[str, str | int | float], limit: int) -> str:
        pieces: list[str] = []
        length = 0
        for piece in self._sandbox.from_string(template).generate(values):
            length += len(piece)
            if length > limit:
                raise TooLongError(N_("It makes too long a text"))
            pieces.append(piece)
        return "".join(pieces)


def _line_of(error: BaseException) -> int:
    """Return the line of the template that raised `error`, 1 where that is not known."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno
    line = 1
    frame: TracebackType | None = error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == _OWN_FILE:
            line = frame.tb_lineno
        frame = frame.tb_next
    return line


def _problem_of(error: BaseException) -> str:
    if isinstance(error, RecursionError | MemoryError):
        return N_("It is nested too deeply, or wants too much memory")
    words = str(error).strip() or type(error).__name__
    if isinstance(error, SyntaxError):
        words = N_("It is nested too deeply")
    return (words[:1].upper() + words[1:500]).rstrip(".")
