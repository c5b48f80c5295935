"""What the model receives: the prompt of a chat as the next answer would render it, with its tokens."""

import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor, Future
from typing import Any

import msgspec

from desktop_app.domain.control_texts import controls_no_answer_has, parts_as_words
from desktop_app.domain.errors import AppError
from desktop_app.domain.examples import Example
from desktop_app.domain.messages import Role
from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.parts import beginning, written
from desktop_app.domain.prompt_moment import at_moment
from desktop_app.domain.received import Part, Received, parts_of_prompt, read_tokens
from desktop_app.domain.sampling import Sampling, Thinking
from desktop_app.domain.thoughts import ThoughtSplitter
from desktop_app.domain.tree import branch
from desktop_app.services.answering.turns import remembered, turns_of
from desktop_app.services.background.steps import Steps, advance
from desktop_app.services.chats.chats import Chats
from desktop_app.services.engines.engines import Engines
from desktop_app.services.requests.context import (
    AS_USUAL,
    Remembering,
    remembered_turns,
    room_for_prompt,
    turns_to_drop,
)
from desktop_app.services.requests.requests import Turn
from desktop_app.services.requests.templates import Templates, template_variables
from desktop_app.settings.schema import WhenFull

Working = Generator["Future[Any]", Any, Received]


class PromptView:
    """Renders prompts for a person to look at; nothing is answered, and no model is loaded for it."""

    def __init__(
        self,
        *,
        engines: Engines,
        chats: Chats,
        templates: Templates,
        defaults: Callable[[str], ModelDefaults],
        own_template: Callable[[str], str],
        when_full: Callable[[], WhenFull],
        pool: Executor,
    ) -> None:
        """`own_template` reads the chat template of a model's file, for a model that is not loaded."""
        self._engines = engines
        self._chats = chats
        self._templates = templates
        self._defaults = defaults
        self._own_template = own_template
        self._when_full = when_full
        self._pool = pool

    def received(
        self,
        model_path: str,
        chat_id: str | None,
        *,
        system_prompt: str,
        question: str,
        sampling: Sampling,
        examples: Sequence[Example] = (),
    ) -> "Future[Received]":
        """Return what the model would read for the next answer; a `question` that is being typed ends it, behind `examples`.

        Without a `question`, an open branch that ends with an answer ends there. None is a chat that has not begun.
        Fails with ModelError where the chat template cannot be rendered, with StorageError where the chat is gone.
        """
        result: Future[Received] = Future()

        def work() -> Steps:
            try:
                turns, remembering = yield from self._turns(chat_id, system_prompt, question, examples)
                result.set_result((yield from self._receive(model_path, turns, remembering, sampling)))
            except AppError as error:
                result.set_exception(error)

        advance(work())
        return result

    def of_turns(self, model_path: str, turns: Sequence[Turn], sampling: Sampling) -> "Future[Received]":
        """Return what the model would read of `turns`, with its tokens where it is loaded; of no chat, and asked of nobody.

        Fails with ModelError where the chat template cannot be rendered.
        """
        result: Future[Received] = Future()

        def work() -> Steps:
            try:
                result.set_result((yield from self._receive(model_path, turns, AS_USUAL, sampling)))
            except AppError as error:
                result.set_exception(error)

        advance(work())
        return result

    def _turns(
        self, chat_id: str | None, system_prompt: str, question: str, examples: Sequence[Example]
    ) -> Generator["Future[Any]", Any, tuple[list[Turn], Remembering]]:
        now = time.time()
        told = at_moment(system_prompt, now)
        turns, remembering = [Turn(Role.SYSTEM.value, told)] if told else [], AS_USUAL
        if chat_id is not None:
            conversation = yield self._chats.open_chat(chat_id)
            path = [message for message in branch(conversation.messages, conversation.chat.leaf_id) if message.written]
            _start, remembering = remembered(path, self._when_full())
            chat = msgspec.structs.replace(conversation.chat, system_prompt=system_prompt)
            turns = turns_of(chat, path, now if question.strip() else None)
        if question.strip():
            for example in examples:
                turns += [Turn(Role.USER.value, example.user), Turn(Role.ASSISTANT.value, example.assistant)]
            turns.append(Turn(Role.USER.value, question))
        return turns, remembering

    def _receive(self, model_path: str, turns: Sequence[Turn], remembering: Remembering, sampling: Sampling) -> Working:
        model = self._engines.loaded_model(model_path)
        if not turns:
            return Received(text="", parts=(), tokens=None if model is None else ())
        template = self._defaults(model_path).chat_template
        if model is None:
            template = template or (yield self._pool.submit(self._own_template, model_path))
            text = yield from self._rendered(template, turns, None, sampling)
            return Received(text=text, parts=_parts(text, turns, sampling))
        return (
            yield from self._with_tokens(
                model_path, model, template or model.chat_template, turns, remembering, sampling
            )
        )

    def _with_tokens(
        self,
        model_path: str,
        model: ModelInfo,
        template: str,
        turns: Sequence[Turn],
        remembering: Remembering,
        sampling: Sampling,
    ) -> Working:
        """Leave out what an answer would leave out, then look at the tokens."""
        dropped, summary = remembering.left_out(model.context_size)
        room = room_for_prompt(model.context_size, sampling.max_tokens)
        while True:
            kept = remembered_turns(turns, dropped, summary)
            text = yield from self._rendered(template, kept, model, sampling)
            read = yield self._engines.questions_to(model_path).pieces_of(text, opened=True)
            count = len(read.tokens)
            more = turns_to_drop(kept, count, model.context_size) if count > room else 0
            if not more or self._when_full() is not WhenFull.DROP:
                break
            dropped += more
        shown, tokens = read_tokens(read.tokens, read.pieces, read.controls)
        return Received(
            text=shown,
            parts=_parts(shown, kept, sampling),
            tokens=tokens,
            context_size=model.context_size,
            dropped=dropped,
            summary=summary,
            too_long=count > room and (bool(more) or count >= model.context_size),
        )

    def _rendered(
        self, template: str, turns: Sequence[Turn], model: ModelInfo | None, sampling: Sampling
    ) -> Generator["Future[Any]", Any, str]:
        awaits_answer = turns[-1].role == Role.USER.value
        prompt: str = yield self._templates.render(
            template,
            turns,
            model.begin_token if model is not None else "",
            model.end_token if model is not None else "",
            template_variables(template, sampling),
            control_texts=model.control_texts if model is not None else (),
            add_generation_prompt=awaits_answer,
        )
        begun = beginning(sampling.begin_with) if awaits_answer else ()
        if begun:
            controls = controls_no_answer_has(model.control_texts, template) if model is not None else ()
            prompt += ThoughtSplitter(template, prompt).resume(parts_as_words(begun, controls))
        elif awaits_answer and sampling.used_thinking is Thinking.OFF:
            prompt += ThoughtSplitter(template, prompt).skip()
        return prompt


def _parts(text: str, turns: Sequence[Turn], sampling: Sampling) -> tuple[Part, ...]:
    begun = written(beginning(sampling.begin_with)) if turns[-1].role == Role.USER.value else ""
    return parts_of_prompt(text, [*((turn.role, turn.content) for turn in turns), (Role.ASSISTANT.value, begun)])
