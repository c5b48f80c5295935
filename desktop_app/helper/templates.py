"""Renders the chat template that a model file brings along, which nobody has checked.

Templates follow the conventions of Hugging Face's `apply_chat_template`. Jinja's immutable sandbox
keeps them from reaching Python; the limits here and in `helper.process` keep them from eating the
computer; what hangs all the same is ended by the owner.
"""

import contextlib
import datetime as dt
import json
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from desktop_app.domain.control_texts import as_words, controls_no_answer_has
from desktop_app.domain.errors import ErrorCode, ModelError
from desktop_app.domain.thoughts import marks_in_words
from desktop_app.protocol.helper import RenderTemplate, TemplateMessage

CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""What a model without a template of its own gets: the format most models know."""

BASE_CHARACTERS = 1_000_000
"""How long a prompt may become, beyond MULTIPLE times its messages."""
MULTIPLE = 4
_NO_TOOLS: dict[str, Any] = {"tools": (), "functions": ""}
"""What a template gets that was made for tools alone and fails without them."""
_LONGEST_PRODUCT = 10_000_000
_LARGEST_POWER = 10_000

TEMPLATE_FAULTS = (
    jinja2.TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,  # a recursion without end is one
    SyntaxError,  # blocks nested deeper than Python can compile
    TypeError,
    ValueError,
)
"""What a template can raise in us: its own complaints, and Python's about what it asks for."""


class TooLongError(ValueError):
    """A template wants more than a prompt can be."""


class _Raised(jinja2.TemplateError):
    """The template called `raise_exception`."""


class _Generation(Extension):
    """Hugging Face's `{% generation %}`, which marks what the model writes; here it is only its content."""

    tags = {"generation"}  # noqa: RUF012 - Jinja declares it so

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Return the content between the tags."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox, with limits on what one operator may make."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Refuse products of texts and powers of numbers that would not fit into memory."""
        if operator == "**" and isinstance(right, int | float) and abs(right) > _LARGEST_POWER:
            raise TooLongError(f"a power of {right}")
        if operator == "*":
            for times, repeated in ((left, right), (right, left)):
                if isinstance(times, int) and isinstance(repeated, str | list | tuple):
                    self._check_product(times, repeated)
        return super().call_binop(context, operator, left, right)

    def _check_product(self, times: int, repeated: "str | list[Any] | tuple[Any, ...]") -> None:
        if times * len(repeated) > _LONGEST_PRODUCT:
            raise TooLongError(f"{times} times {len(repeated)}")


class TemplateRenderer:
    """Renders requests; keeps the last template compiled."""

    def __init__(self) -> None:
        self._sandbox = Sandbox(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _Generation])
        self._sandbox.filters["tojson"] = _to_json
        self._sandbox.globals["raise_exception"] = _raise
        self._sandbox.globals["strftime_now"] = _strftime_now
        self._source = ""
        self._compiled: jinja2.Template | None = None

    def render(self, request: RenderTemplate) -> str:
        """Return the prompt; ChatML where the template is empty.

        A template that refuses a system message gets its text at the head of the first question
        instead, one that refuses two questions in a row, of which the first was never answered, gets them
        as one, and one that fails without tools an empty list of them. Raises ModelError TEMPLATE_INVALID.
        """
        try:
            template = self._compile(request.template or CHATML)
            try:
                return self._fill(template, request, request.messages)
            except _Raised:
                return self._fill_otherwise(template, request)
            except (TypeError, jinja2.UndefinedError):
                return self._fill(template, request, request.messages, _NO_TOOLS)
        except TEMPLATE_FAULTS as error:
            line = f" in line {error.lineno}" if isinstance(error, jinja2.TemplateSyntaxError) else ""
            detail = f"{type(error).__name__}{line}: {error}"
            raise ModelError(ErrorCode.TEMPLATE_INVALID, detail[:1000]) from error

    def _fill_otherwise(self, template: jinja2.Template, request: RenderTemplate) -> str:
        """Render the messages in the first other form that `template` takes, where it has refused them as they are."""
        folded, joined = fold_system(request.messages), join_turns(request.messages)
        others = [form for form in (folded, joined, join_turns(folded)) if form != request.messages]
        for form in others[:-1]:
            with contextlib.suppress(_Raised):
                return self._fill(template, request, form)
        return self._fill(template, request, others[-1] if others else request.messages)

    def _compile(self, source: str) -> jinja2.Template:
        if self._compiled is None or self._source != source:
            self._compiled = self._sandbox.from_string(source)
            self._source = source
        return self._compiled

    def _fill(
        self,
        template: jinja2.Template,
        request: RenderTemplate,
        messages: Sequence[TemplateMessage],
        instead: Mapping[str, Any] = MappingProxyType({}),
    ) -> str:
        """Render `messages`; what stands in `instead` goes before what templates usually get."""
        messages = _as_words(messages, request)
        limit = BASE_CHARACTERS + MULTIPLE * sum(len(message.content) for message in messages)
        usual: dict[str, Any] = {
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "bos_token": request.begin_token,
            "eos_token": request.end_token,
            "add_generation_prompt": request.add_generation_prompt,
            "tools": None,
            "documents": None,
            "date_string": _strftime_now("%d %b %Y"),  # Llama 3.1 and 3.3 know no other date than one of 2024
            "datetime": _strftime_now("%b %d %Y"),  # both as llama.cpp's server gives them
        }
        pieces = []
        length = 0
        for piece in template.generate({**usual, **instead, **request.variables}):
            length += len(piece)
            if length > limit:
                raise TooLongError(f"more than {limit} characters")
            pieces.append(piece)
        return "".join(pieces)


def _as_words(messages: Sequence[TemplateMessage], request: RenderTemplate) -> list[TemplateMessage]:
    """Return `messages` with nothing in them that would be read as a control token but what models call tools by.

    Nor has an answer a mark of thoughts in it, by which templates cut it.
    """
    controls = request.control_texts
    if not controls:
        return list(messages)
    of_answers = controls_no_answer_has(controls, request.template)

    def words(message: TemplateMessage) -> str:
        if message.role != "assistant":
            return as_words(message.content, controls)
        return as_words(message.content, (*of_answers, *marks_in_words(message.content, request.template)))

    return [TemplateMessage(message.role, words(message)) for message in messages]


def fold_system(messages: Sequence[TemplateMessage]) -> tuple[TemplateMessage, ...]:
    """Return `messages` with the system's text at the head of the first question."""
    system = "\n\n".join(message.content for message in messages if message.role == "system")
    rest = [message for message in messages if message.role != "system"]
    first = next((index for index, message in enumerate(rest) if message.role == "user"), None)
    if not system or first is None:
        return tuple(messages)
    rest[first] = TemplateMessage("user", f"{system}\n\n{rest[first].content}")
    return tuple(rest)


def join_turns(messages: Sequence[TemplateMessage]) -> tuple[TemplateMessage, ...]:
    """Return `messages` with those of one role that follow each other as one."""
    joined: list[TemplateMessage] = []
    for message in messages:
        if joined and joined[-1].role == message.role:
            joined[-1] = TemplateMessage(message.role, f"{joined[-1].content}\n\n{message.content}")
        else:
            joined.append(message)
    return tuple(joined)


def _raise(message: str) -> None:
    raise _Raised(message)


def _strftime_now(pattern: str) -> str:
    if sys.platform == "win32":
        pattern = pattern.replace("%-", "%#")  # a number without its zero
    return dt.datetime.now().astimezone().strftime(pattern)


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """Hugging Face's `tojson`, which does not escape HTML as Jinja's own does."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
