"""Chat templates and prompt templates, filled in by the helper process, which is ended when one takes too long."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, assert_never

from desktop_app.domain.errors import AppError, EngineError, ErrorCode, ErrorInfo, error_from_info
from desktop_app.domain.ids import new_id
from desktop_app.domain.sampling import Sampling, Thinking
from desktop_app.domain.thoughts import thinking_variables
from desktop_app.helper import process as helper_process
from desktop_app.protocol import helper as protocol
from desktop_app.protocol.helper import TemplateMessage, TemplateValue
from desktop_app.services.process import ChildProcess

RENDER_SECONDS = 2.0
"""How long a template may take; a real one takes milliseconds."""
START_SECONDS = 20.0
"""How much longer the first one may take, while the helper starts on a busy computer."""


_CODES = {
    protocol.RenderTemplate: (ErrorCode.TEMPLATE_INVALID, ErrorCode.TEMPLATE_TIMEOUT),
    protocol.FillTemplates: (ErrorCode.PROMPT_TEMPLATE_UNFILLED, ErrorCode.PROMPT_TEMPLATE_TIMEOUT),
}
"""What it means for a request that the helper ended over it, or was ended because it took too long."""


@dataclass(frozen=True)
class _Waiting:
    """A request with the future of its answer."""

    request: protocol.RenderTemplate | protocol.FillTemplates
    result: Future[Any]


def template_variables(template: str, sampling: Sampling) -> dict[str, TemplateValue]:
    """Return what `template` is told beside the turns: whether the model is to think, where it can be told so."""
    thinking = sampling.used_thinking
    return {} if thinking is Thinking.AUTO else thinking_variables(template, thinking=thinking is Thinking.ON)


class Templates:
    """Turns messages into the prompt that a model expects, and prompt templates into texts."""

    def __init__(self, pool: Executor, target: Callable[..., None] = helper_process.run) -> None:
        self._pool = pool
        self._target = target
        self._lock = threading.Lock()
        self._helper: ChildProcess[protocol.Event] | None = None
        self._pending: dict[str, _Waiting] = {}  # the oldest first, which is the one that the helper works on
        self._ready = False
        self._closed = False

    def warm_up(self) -> None:
        """Start the helper before it is needed."""
        self._pool.submit(self._ensure_helper)

    def render(
        self,
        template: str,
        turns: Sequence[TemplateMessage],
        begin_token: str,
        end_token: str,
        variables: "Mapping[str, TemplateValue] | None" = None,
        *,
        add_generation_prompt: bool = True,
    ) -> Future[str]:
        """Render `template` over `turns`; it may ask for `variables` of its own.

        It ends ready for the model's answer, but without `add_generation_prompt` behind the last turn.

        The future fails with ModelError TEMPLATE_INVALID or TEMPLATE_TIMEOUT.
        """
        request = protocol.RenderTemplate(
            request_id=new_id(),
            template=template,
            messages=tuple(turns),
            begin_token=begin_token,
            end_token=end_token,
            add_generation_prompt=add_generation_prompt,
            variables=dict(variables or {}),
        )
        result: Future[str] = Future()
        self._pool.submit(self._send, _Waiting(request, result))
        return result

    def fill(self, templates: Sequence[str], values: "Mapping[str, str | int | float]") -> Future[tuple[str, ...]]:
        """Fill `values` into `templates`, which nobody has checked; the values are never run.

        The future fails with TemplateFileError PROMPT_TEMPLATE_UNFILLED or PROMPT_TEMPLATE_TIMEOUT.
        """
        request = protocol.FillTemplates(request_id=new_id(), templates=tuple(templates), values=dict(values))
        result: Future[tuple[str, ...]] = Future()
        self._pool.submit(self._send, _Waiting(request, result))
        return result

    def close(self) -> None:
        """End the helper."""
        with self._lock:
            self._closed = True
            helper, self._helper = self._helper, None
        if helper is not None:
            helper.close(protocol.Stop(), grace=1.0)

    def _send(self, waiting: _Waiting) -> None:
        try:
            helper, ready = self._ensure_helper()
        except AppError as error:
            waiting.result.set_exception(error)
            return
        request_id = waiting.request.request_id
        limit = RENDER_SECONDS + (0.0 if ready else START_SECONDS)
        with self._lock:  # sent in the order in which they are noted
            self._pending[request_id] = waiting
            helper.send_with_deadline(waiting.request, limit, lambda: request_id in self._pending)

    def _ensure_helper(self) -> tuple[ChildProcess[protocol.Event], bool]:
        """Return the helper, started where there was none, and whether it has said that it listens."""
        with self._lock:
            if self._closed:
                raise EngineError(ErrorCode.ENGINE_START_FAILED, "the services are closing")
            if self._helper is not None:
                return self._helper, self._ready
            helper: ChildProcess[protocol.Event] = ChildProcess(
                "helper",
                self._target,
                (),
                protocol.Event,
                self._on_event,
                lambda code, late: self._on_exit(helper, code, late),
            )
            helper.start()
            self._helper, self._ready = helper, False
            return helper, False

    def _on_event(self, event: protocol.Event) -> None:
        if isinstance(event, protocol.Ready):
            self._ready = True
            return
        with self._lock:
            waiting = self._pending.pop(event.request_id, None)
        if waiting is None:
            return
        match event:
            case protocol.Rendered(prompt=prompt):
                waiting.result.set_result(prompt)
            case protocol.Filled(texts=texts):
                waiting.result.set_result(texts)
            case protocol.Failed(error=error):
                waiting.result.set_exception(error_from_info(error))
            case _:
                assert_never(event)

    def _on_exit(self, helper: ChildProcess[protocol.Event], code: int, late: bool) -> None:
        """Fail what the helper was working on; what waited behind it goes to the next one."""
        with self._lock:
            if self._helper is helper:
                self._helper = None
            pending, self._pending = list(self._pending.values()), {}
            again = [] if self._closed else pending[1:]
        for waiting in pending[: len(pending) - len(again)]:
            ended, overdue = _CODES[type(waiting.request)]
            info = ErrorInfo(overdue if late else ended, detail=f"the helper ended with code {code}")
            waiting.result.set_exception(error_from_info(info))
        for waiting in again:
            self._pool.submit(self._send, waiting)
