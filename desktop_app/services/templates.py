"""Chat templates, rendered in the helper process, which is ended when one takes too long."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future

from desktop_app.domain.errors import AppError, EngineError, ErrorCode, ModelError, error_from_info
from desktop_app.domain.ids import new_id
from desktop_app.helper import process as helper_process
from desktop_app.protocol import helper as protocol
from desktop_app.protocol.helper import TemplateMessage, TemplateValue
from desktop_app.services.process import ChildProcess

RENDER_SECONDS = 2.0
"""How long a template may take; a real one takes milliseconds."""
START_SECONDS = 20.0
"""How much longer the first one may take, while the helper starts on a busy computer."""


class Templates:
    """Turns messages into the prompt that a model expects."""

    def __init__(self, pool: Executor, target: Callable[..., None] = helper_process.run) -> None:
        self._pool = pool
        self._target = target
        self._lock = threading.Lock()
        self._helper: ChildProcess[protocol.Event] | None = None
        self._pending: dict[str, Future[str]] = {}
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
        self._pool.submit(self._send, request, result)
        return result

    def close(self) -> None:
        """End the helper."""
        with self._lock:
            self._closed = True
            helper, self._helper = self._helper, None
        if helper is not None:
            helper.close(protocol.Stop(), grace=1.0)

    def _send(self, request: protocol.RenderTemplate, result: "Future[str]") -> None:
        try:
            helper, ready = self._ensure_helper()
        except AppError as error:
            result.set_exception(error)
            return
        with self._lock:
            self._pending[request.request_id] = result
        limit = RENDER_SECONDS + (0.0 if ready else START_SECONDS)
        helper.send_with_deadline(request, limit, lambda: request.request_id in self._pending)

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
            result = self._pending.pop(event.request_id, None)
        if result is None:
            return
        if isinstance(event, protocol.Rendered):
            result.set_result(event.prompt)
        else:
            result.set_exception(error_from_info(event.error))

    def _on_exit(self, helper: ChildProcess[protocol.Event], code: int, late: bool) -> None:
        with self._lock:
            if self._helper is helper:
                self._helper = None
            pending, self._pending = self._pending, {}
        cause = ErrorCode.TEMPLATE_TIMEOUT if late else ErrorCode.TEMPLATE_INVALID
        for result in pending.values():
            result.set_exception(ModelError(cause, f"the helper ended with code {code}"))
