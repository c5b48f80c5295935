"""Takes what is asked of a loaded model, in the thread that reads the commands, and hands it to the one that computes."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, assert_never

import msgspec

from desktop_app.domain.control_texts import BREAK
from desktop_app.domain.errors import AppError, EngineError, ErrorCode, ErrorInfo
from desktop_app.domain.model_defaults import Adapter
from desktop_app.domain.sampling import Sampling
from desktop_app.engine.llama import grammar_of_schema
from desktop_app.engine.next_token import look
from desktop_app.engine.scheduler import Scheduler
from desktop_app.engine.sequences import Request
from desktop_app.engine.side_work import SideLane
from desktop_app.engine.works import Works
from desktop_app.protocol import engine as protocol

if TYPE_CHECKING:
    from desktop_app.engine.embedding import Embedder
    from desktop_app.engine.llama import Model


_NOT_SAMPLED = Sampling(temperature=0.0)
"""For requests that write nothing: this chain costs least."""


Computed = protocol.Generate | protocol.Score | protocol.NextLogits | protocol.Attend | protocol.FindNear
"""What is computed step by step, and can be cancelled."""


class Intake:
    """Answers what the vocabulary alone can answer, and makes requests for the scheduler of everything else."""

    def __init__(
        self,
        model: "Model",
        scheduler: Scheduler,
        side_lane: SideLane,
        works: Works,
        embedder: "Embedder",
        use_adapters: Callable[[Sequence[Adapter]], None],
        tell: Callable[[msgspec.Struct], None],
    ) -> None:
        """`works` make what goes into the `side_lane`."""
        self._model = model
        self._scheduler = scheduler
        self._side_lane = side_lane
        self._works = works
        self._use_adapters = use_adapters
        self._embedder = embedder
        self._tell = tell
        self._wanted_vectors: set[str] = set()

    def take(self, command: protocol.Question) -> None:
        """Begin what `command` asks for, or say why not."""
        received = time.perf_counter()
        try:
            self._take(command, received)
        except AppError as error:
            self._tell(protocol.Failed(command.request_id, error.info))

    def cancel(self, request_id: str) -> None:
        """End a request soon."""
        if request_id in self._wanted_vectors:
            self._wanted_vectors.discard(request_id)
            self._embedder.abort()
            return
        self._scheduler.cancel(request_id)
        self._side_lane.cancel(request_id)

    def stop(self) -> None:
        """End soon what is computed."""
        self._wanted_vectors.clear()
        self._embedder.abort()
        self._scheduler.stop()
        self._side_lane.stop()

    def forget_kept(self, keep_as: str) -> None:
        """Delete what is kept under a name."""
        self._scheduler.forget_kept(keep_as)

    def _take(self, command: protocol.Question, received: float) -> None:
        match command:
            case protocol.CountTokens(request_id=request_id, text=text, as_words=as_words):
                self._tell(protocol.TokenCount(request_id, len(self._model.tokenize(text, special=not as_words))))
            case protocol.Tokenize(request_id=request_id, text=text, opened=opened):
                self._tell_pieces(request_id, self._opened(text) if opened else self._model.tokenize(text))
            case protocol.Detokenize(request_id=request_id, tokens=tokens):
                self._tell_pieces(request_id, tokens)
            case protocol.UseAdapters(request_id=request_id, adapters=adapters):
                self._later(request_id, lambda: self._adapt(request_id, adapters), when_idle=True)
            case protocol.CheckGrammar():
                self._tell(protocol.GrammarChecked(command.request_id, self._grammar_error(command)))
            case protocol.Embed(request_id=request_id, text=text):
                self._wanted_vectors.add(request_id)
                self._later(request_id, lambda: self._embed(request_id, text), when_idle=False)
            case _:
                self._submit(command, received)

    def _submit(self, command: Computed, received: float) -> None:
        match command:
            case protocol.Generate(reproducible=True):
                self._side_lane.submit(self._works.reproduction(self._generation(command, received)))
            case protocol.Generate():
                self._scheduler.submit(self._generation(command, received))
            case protocol.Score():
                self._scheduler.submit(self._scoring(command, received))
            case protocol.NextLogits():
                self._scheduler.submit(self._looking(command, received))
            case protocol.Attend():
                self._side_lane.submit(self._works.reading(self._attending(command, received)))
            case protocol.FindNear(request_id=request_id):
                self._side_lane.submit(self._works.search(command, _nothing_written(request_id, received)))
            case _:
                assert_never(command)

    def _grammar_error(self, command: protocol.CheckGrammar) -> ErrorInfo | None:
        """Compile a grammar as an answer would, and return what is wrong with it."""
        try:
            text = command.grammar or grammar_of_schema(command.json_schema)
            self._model.grammar(text).close()
        except EngineError as error:
            return error.info
        return None

    def _generation(self, command: protocol.Generate, received: float) -> Request:
        sampling = command.sampling
        prompt = self._opened(command.prompt)
        begun = self._tokens_of(command.begun, prompt) if command.begun else ()
        if begun and command.begun[0] == " " and command.prompt.endswith(command.begun):  # else with a second space
            prompt = [*self._opened(command.prompt.removesuffix(command.begun)), *begun]
        return Request(
            request_id=command.request_id,
            prompt=tuple(prompt),
            sampling=sampling,
            stops=(*command.stop, *sampling.stop),
            received=received,
            keep_as=command.keep_as,
            grammar=_grammar_of(sampling),
            probabilities=command.probabilities,
            control_tokens=command.control_tokens,
            begun=begun,
            said=command.begun.replace(BREAK, ""),
        )

    def _tokens_of(self, text: str, prompt: Sequence[int]) -> tuple[int, ...]:
        """Return the last tokens of `prompt`, which say `text`; else other ones that do, none where none do.

        A BREAK in it is not said. A token may begin before what was written, and some models put a space before a text
        by itself: not before one that follows a line break.
        """
        written = text.replace(BREAK, "").encode("utf-8", "replace")
        length, first = 0, len(prompt)
        while first and length < len(written):
            first -= 1
            length += len(self._model.piece(prompt[first]))
        in_next_line = self._model.tokenize(f"\n{text}")
        places = (prompt[first:], self._model.tokenize(text), in_next_line[1:], in_next_line[2:])
        for tokens in places:
            if b"".join(map(self._model.piece, tokens)) == written:
                return tuple(tokens)
        return ()

    def _scoring(self, command: protocol.Score, received: float) -> Request:
        prompt, text = self._divided(command.prompt, command.text)
        return Request(
            request_id=command.request_id,
            prompt=tuple(prompt),
            sampling=command.sampling,
            received=received,
            probabilities=command.probabilities,
            forced=tuple(text),
        )

    def _attending(self, command: protocol.Attend, received: float) -> Request:
        prompt, text = self._divided(command.prompt, command.text)
        request = _nothing_written(command.request_id, received)
        return msgspec.structs.replace(request, prompt=tuple(prompt), forced=tuple(text))

    def _divided(self, prompt: str, text: str) -> tuple[list[int], list[int]]:
        """Return the tokens of a prompt, one at least, and of what follows it."""
        before = self._opened(prompt)
        after = list(self._tokens_of(text, self._opened(prompt + text)))
        after = after or self._model.tokenize(text)
        if not before:
            before, after = after[:1], after[1:]
        if not after:
            raise EngineError(ErrorCode.ENGINE_FAILED, "there is no token to look at")
        return before, after

    def _looking(self, command: protocol.NextLogits, received: float) -> Request:
        prompt = self._opened(command.prompt)
        return Request(
            request_id=command.request_id,
            prompt=tuple(prompt),
            sampling=_NOT_SAMPLED,
            received=received,
            keep_as=command.keep_as,
            look=look(self._model, prompt, command.texts, command.breakers, command.most_unread),
        )

    def _opened(self, text: str) -> list[int]:
        """Return the tokens of a prompt, opened as the model wants it; many templates write that themselves."""
        tokens = self._model.tokenize(text)
        begin = self._model.begin_token
        return [begin, *tokens] if self._model.adds_begin_token and tokens[:1] != [begin] else tokens

    def _tell_pieces(self, request_id: str, tokens: Sequence[int]) -> None:
        if not all(0 <= token < self._model.vocabulary_size for token in tokens):
            raise EngineError(ErrorCode.ENGINE_FAILED, "there is no such token")
        pieces = tuple(self._model.piece(token, special=True) for token in tokens)
        ends = tuple(self._model.ends_answer(token) for token in tokens)
        controls = tuple(self._model.is_control(token) for token in tokens)
        self._tell(protocol.Pieces(request_id, tuple(tokens), pieces, ends, controls))

    def _later(self, request_id: str, answer: Callable[[], msgspec.Struct], *, when_idle: bool) -> None:
        """Tell what `answer` returns, in the thread that computes."""

        def call() -> None:
            try:
                self._tell(answer())
            except AppError as error:
                self._tell(protocol.Failed(request_id, error.info))

        self._scheduler.call(call, when_idle=when_idle)

    def _adapt(self, request_id: str, adapters: Sequence[Adapter]) -> msgspec.Struct:
        self._use_adapters(adapters)
        return protocol.AdaptersUsed(request_id)

    def _embed(self, request_id: str, text: str) -> msgspec.Struct:
        try:
            vector = self._embedder.embed(text, lambda: request_id in self._wanted_vectors)
        finally:
            self._wanted_vectors.discard(request_id)
        return protocol.Embedding(request_id, vector)


def _nothing_written(request_id: str, received: float) -> Request:
    return Request(request_id=request_id, prompt=(), sampling=_NOT_SAMPLED, received=received)


def _grammar_of(sampling: Sampling) -> str:
    return sampling.grammar or (grammar_of_schema(sampling.json_schema) if sampling.json_schema else "")
