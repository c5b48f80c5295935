"""Makes the prompt of a request: renders it, counts it, and leaves out or summarizes what does not fit."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.control_texts import as_words, controls_no_answer_has, parts_as_words
from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.parts import ThoughtPart, beginning, written
from desktop_app.domain.sampling import Sampling, Thinking
from desktop_app.domain.thoughts import ALL_MARKS, ThoughtSplitter
from desktop_app.domain.tool_calls import ToolCallSplitter
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.context import remembered_turns, room_for_prompt, turns_to_drop
from desktop_app.services.requests.requests import Purpose, Request, Turn
from desktop_app.services.requests.summaries import Summarizing
from desktop_app.services.requests.templates import Templates, template_variables
from desktop_app.settings.schema import WhenFull

if TYPE_CHECKING:
    from desktop_app.services.requests.part_seen import PartSeen


class Preparing:
    """One step after the other, each in the thread that the last one ended in; `ready` gets the prompt and its tokens.

    `model` is None where none is loaded any more, and `template` is what its prompts are rendered with. `count_tokens`
    counts those of a prompt, `count_words` of what somebody says. `ask` begins a summary for a request, and `cancel` ends it; `lock` guards what others may change meanwhile. `fail` ends a
    request with an error.
    """

    def __init__(
        self,
        *,
        templates: Templates,
        model: Callable[[], ModelInfo | None],
        template: Callable[[ModelInfo], str],
        count_tokens: Callable[[str], "Future[int]"],
        count_words: Callable[[str], "Future[int]"],
        ask: Callable[[Request, Sequence[Turn], Sampling, AnswerListener], str],
        cancel: Callable[[str], object],
        lock: "threading.RLock",
        fail: Callable[[Request, ErrorInfo], None],
        ready: Callable[[Request, str, int, ModelInfo], None],
    ) -> None:
        self._templates = templates
        self._model = model
        self._template = template
        self._count_tokens = count_tokens
        self._count_words = count_words
        self._ask = ask
        self._cancel = cancel
        self._lock = lock
        self._fail = fail
        self._ready = ready

    def begin(self, request: Request) -> None:
        """Render the turns that are remembered, or take the text as it is, and go on from there."""
        self._take_step(request, lambda: self._render(request) if request.task.text is None else self._cut(request))

    def _cut(self, request: Request) -> None:
        """Take as much of the end of a text as the model can be shown."""
        from desktop_app.services.requests.part_seen import part_seen, text_room  # no chat needs it

        model, text = self._model(), request.task.text or ""
        if model is None:
            self._fail(request, ErrorInfo(ErrorCode.ENGINE_CRASHED))
            return
        room = text_room(model.context_size, request.sampling)
        part = part_seen(text, room, self._count_words)
        part.add_done_callback(lambda seen: self._take_step(request, lambda: self._when_cut(request, text, seen)))

    def _when_cut(self, request: Request, text: str, seen: "Future[PartSeen]") -> None:
        error, model = seen.exception(), self._model()
        if isinstance(error, AppError) or model is None:
            self._fail(request, error.info if isinstance(error, AppError) else ErrorInfo(ErrorCode.ENGINE_CRASHED))
            return
        request.dropped = seen.result().begin
        self._ready(request, as_words(text[request.dropped :], model.control_texts), seen.result().tokens, model)

    def _take_step(self, request: Request, step: Callable[[], None]) -> None:
        """Take a step; what nobody thought of ends the request, too, since somebody waits for it."""
        try:
            step()
        except Exception as error:  # noqa: BLE001  # told to whoever waits
            self._fail(request, ErrorInfo(ErrorCode.ENGINE_FAILED, detail=repr(error)))

    def _render(self, request: Request) -> None:
        model = self._model()
        if model is None:
            self._fail(request, ErrorInfo(ErrorCode.ENGINE_CRASHED))
            return
        turns = remembered_turns(request.task.turns, request.dropped, request.summary)
        template = self._template(model)
        request.template = template
        variables = template_variables(template, _as_begun(request))
        rendered = self._templates.render(
            template, turns, model.begin_token, model.end_token, variables, control_texts=model.control_texts
        )
        controls = controls_no_answer_has(model.control_texts, template)
        rendered.add_done_callback(
            lambda result: self._take_step(request, lambda: self._when_rendered(request, result, controls))
        )

    def _when_rendered(self, request: Request, rendered: "Future[str]", controls: tuple[str, ...]) -> None:
        error = rendered.exception()
        if isinstance(error, AppError):
            self._fail(request, error.info)
            return
        prompt = rendered.result()
        request.splitter = ThoughtSplitter(request.template, prompt)
        request.calls = ToolCallSplitter(request.template, prompt)
        request.calls.resume(request.task.so_far)
        if request.task.so_far != beginning(request.sampling.begin_with):  # a mark in it is no more than mentioned
            controls = (*controls, *ALL_MARKS)
        so_far = parts_as_words(request.task.so_far, controls)
        request.said = written(so_far)
        request.resumed = request.splitter.resume(so_far)
        prompt += request.resumed
        goes_on = request.task.purpose in (Purpose.ANSWER, Purpose.LOGITS)
        if goes_on and request.sampling.used_thinking is Thinking.OFF:
            prompt += request.splitter.skip()  # a thought that was cut ends here, too
        self._count_tokens(prompt).add_done_callback(
            lambda count: self._take_step(request, lambda: self._when_counted(request, prompt, count))
        )

    def _when_counted(self, request: Request, prompt: str, counted: "Future[int]") -> None:
        error, model = counted.exception(), self._model()
        if isinstance(error, AppError) or model is None:
            info = error.info if isinstance(error, AppError) else ErrorInfo(ErrorCode.ENGINE_CRASHED)
            self._fail(request, info)
            return
        tokens = counted.result()
        if tokens <= room_for_prompt(model.context_size, request.sampling.max_tokens) or not self._make_room(
            request, tokens, model.context_size
        ):
            self._ready(request, prompt, tokens, model)

    def _make_room(self, request: Request, tokens: int, context_size: int) -> bool:
        """Leave out what does not fit, or give the request up; False where it is to be tried as it is."""
        kept = remembered_turns(request.task.turns, request.dropped, request.summary)
        more = turns_to_drop(kept, tokens, context_size)
        params: dict[str, str | int | float] = {"prompt_tokens": tokens, "context_size": context_size}
        if more and request.when_full is WhenFull.STOP:
            room = room_for_prompt(context_size, request.sampling.max_tokens)
            self._fail(request, ErrorInfo(ErrorCode.CONTEXT_FULL, {**params, "room": room}))
        elif more and request.when_full is WhenFull.SUMMARIZE:
            self._summarize(request, more, tokens, context_size)
        elif more:
            request.dropped += more
            self.begin(request)
        elif tokens >= context_size:
            self._fail(request, ErrorInfo(ErrorCode.PROMPT_TOO_LONG, params))
        else:
            return False
        return True

    def _summarize(self, request: Request, more: int, tokens: int, context_size: int) -> None:
        """Have the model summarize the next `more` turns, then go on without them."""
        first = 1 if request.task.turns[0].role == "system" else 0
        begin = first + request.dropped
        characters = sum(len(turn.content) for turn in request.task.turns[begin:]) or 1

        def done(summary: str) -> None:
            request.summarizing = None
            if request.cancelled:
                return
            request.dropped += more
            request.summary = summary or request.summary
            if not summary:
                request.when_full = WhenFull.DROP
                request.listener.on_not_summarized()
            self.begin(request)

        summarizing = Summarizing(
            request.task.turns[:first],
            request.task.turns[begin : begin + more],
            request.summary,
            context_size=context_size,
            tokens_per_character=tokens / characters,
            ask=lambda turns, sampling, listener: self._ask(request, turns, sampling, listener),
            cancel=self._cancel,
            done=done,
        )
        with self._lock:
            if request.cancelled:
                return
            request.summarizing = summarizing
        request.listener.on_summarizing()
        summarizing.begin()


def _as_begun(request: Request) -> Sampling:
    """Return what the template is told of how an answer is sampled: as where it was begun, whatever is chosen now.

    One that has thought was let think.
    """
    thinking = request.task.begun_as if request.task.begun_as is not None else request.sampling.used_thinking
    if thinking is Thinking.OFF and any(isinstance(part, ThoughtPart) for part in request.task.so_far):
        thinking = Thinking.AUTO
    return msgspec.structs.replace(request.sampling, thinking=thinking, grammar="", json_schema="")
