"""Chat templates and prompt templates, filled in by the helper process, which is ended when one takes too long."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.ids import new_id
from desktop_app.domain.sampling import Sampling, Thinking
from desktop_app.domain.thoughts import thinking_variables
from desktop_app.protocol import helper as protocol
from desktop_app.protocol.helper import TemplateMessage, TemplateValue
from desktop_app.services.background.futures import then
from desktop_app.services.background.helper import Helper

RENDER_SECONDS = 2.0
"""How long a template may take; a real one takes milliseconds."""


def template_variables(template: str, sampling: Sampling) -> dict[str, TemplateValue]:
    """Return what `template` is told beside the turns: whether the model is to think, where it can be told so."""
    thinking = sampling.used_thinking
    return {} if thinking is Thinking.AUTO else thinking_variables(template, thinking=thinking is Thinking.ON)


class Templates:
    """Turns messages into the prompt that a model expects, and prompt templates into texts."""

    def __init__(self, pool: Executor) -> None:
        self._helper = Helper(pool)

    def warm_up(self) -> None:
        """Start the helper before it is needed."""
        self._helper.warm_up()

    def render(
        self,
        template: str,
        turns: Sequence[TemplateMessage],
        begin_token: str,
        end_token: str,
        variables: "Mapping[str, TemplateValue] | None" = None,
        *,
        control_texts: tuple[str, ...] = (),
        add_generation_prompt: bool = True,
    ) -> Future[str]:
        """Render `template` over `turns`; it may ask for `variables` of its own.

        What `turns` say is never read as one of `control_texts`.
        It ends ready for the model's answer, but without `add_generation_prompt` behind the last turn.

        The future fails with ModelError TEMPLATE_INVALID or TEMPLATE_TIMEOUT.
        """
        request = protocol.RenderTemplate(
            request_id=new_id(),
            template=template,
            messages=tuple(turns),
            begin_token=begin_token,
            end_token=end_token,
            control_texts=control_texts,
            add_generation_prompt=add_generation_prompt,
            variables=dict(variables or {}),
        )
        answer = self._helper.ask(
            request,
            RENDER_SECONDS,
            ended=ErrorInfo(ErrorCode.TEMPLATE_INVALID),
            overdue=ErrorInfo(ErrorCode.TEMPLATE_TIMEOUT),
        )
        return then(answer, _prompt)

    def fill(self, templates: Sequence[str], values: "Mapping[str, str | int | float]") -> Future[tuple[str, ...]]:
        """Fill `values` into `templates`, which nobody has checked; the values are never run.

        The future fails with TemplateFileError PROMPT_TEMPLATE_UNFILLED or PROMPT_TEMPLATE_TIMEOUT.
        """
        request = protocol.FillTemplates(request_id=new_id(), templates=tuple(templates), values=dict(values))
        answer = self._helper.ask(
            request,
            RENDER_SECONDS,
            ended=ErrorInfo(ErrorCode.PROMPT_TEMPLATE_UNFILLED),
            overdue=ErrorInfo(ErrorCode.PROMPT_TEMPLATE_TIMEOUT),
        )
        return then(answer, _texts)

    def close(self) -> None:
        """End the helper."""
        self._helper.close()


def _prompt(event: protocol.Rendered) -> str:
    return event.prompt


def _texts(event: protocol.Filled) -> tuple[str, ...]:
    return event.texts
