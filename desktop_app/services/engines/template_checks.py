"""Checks a model's chat template once, after the model was first loaded with it, and remembers what was found."""

import contextlib
import hashlib
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor, Future
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo
from desktop_app.domain.models import ModelInfo
from desktop_app.engine.fingerprint import fingerprint
from desktop_app.protocol.engine import Pieces
from desktop_app.protocol.helper import TemplateMessage
from desktop_app.services.background.steps import Steps, advance
from desktop_app.services.engines.engines import Engines
from desktop_app.services.events import AnswerEnded, EngineChanged, EngineState, ServiceEvent, TemplateChecked
from desktop_app.services.models.library import parts_of
from desktop_app.services.requests.templates import Templates
from desktop_app.support.files import UNREADABLE, replace_json
from desktop_app.support.publisher import Publisher

Findings = tuple[ErrorInfo, ...]

QUESTION, ANSWER, NEXT_QUESTION = "How are you?", "Fine, thank you.", "What is the capital of France?"
SAMPLE = (
    TemplateMessage("system", "You are terse."),
    TemplateMessage("user", QUESTION),
    TemplateMessage("assistant", ANSWER),
    TemplateMessage("user", NEXT_QUESTION),
)
"""What a chat template is tried with; all of it has to come through."""


def lost_text(turns: Sequence[TemplateMessage], prompt: str) -> ErrorCode | None:
    """Return what `prompt` lacks of `turns`: a part of the conversation, the system prompt, or nothing."""
    lost = {turn.role for turn in turns if turn.content not in prompt}
    if lost - {"system"}:
        return ErrorCode.TEMPLATE_LOSES_TEXT
    return ErrorCode.TEMPLATE_LOSES_SYSTEM if lost else None


def reads_back(prompt: str, read: Pieces) -> bool:
    """Return whether the tokens of a prompt make the same text again, blanks aside.

    SentencePiece puts a space before a text that follows a control token, and some control tokens take in the
    line break behind them; neither changes what a model reads.
    """
    made = b"".join(read.pieces).decode(errors="replace")
    return "".join(made.split()) == "".join(prompt.split())


def ends_turn(read: Pieces, following: str = "") -> bool:
    """Return whether a token that ends an answer stands behind `ANSWER`, before the text `following` where there is one.

    True where the tokens do not show the answer, so that nothing can be said.
    """
    text = b"".join(read.pieces)
    stop = text.rfind(following.encode()) if following else len(text)
    begin = text.rfind(ANSWER.encode(), 0, stop)
    if begin < 0 or stop < 0:
        return True
    place = 0
    for piece, ends in zip(read.pieces, read.ends, strict=True):
        if ends and begin + len(ANSWER.encode()) <= place < stop:
            return True
        place += len(piece)
    return False


class TemplateMemory:
    """What was found, by model file and template, as JSON in the data folder; a damaged file counts as empty."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def of(self, key: str) -> Findings | None:
        """Return what was found, None where nothing was looked at."""
        return self._read().get(key)

    def remember(self, key: str, findings: Findings) -> None:
        """Write down `findings`; where that fails, it is looked at again after the next start."""
        with self._lock, contextlib.suppress(OSError):
            known = {**self._read(), key: findings}
            replace_json(self._file, known)

    def _read(self) -> dict[str, Findings]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=dict[str, Findings])
        except UNREADABLE:
            return {}


class TemplateChecks:
    """Listens for models that are ready, and checks the templates that it does not know, while no answer waits."""

    def __init__(
        self,
        *,
        engines: Engines,
        templates: Templates,
        override: Callable[[str], str],
        own_template: Callable[[str], str],
        memory: TemplateMemory,
        events: Publisher[ServiceEvent],
        pool: Executor,
    ) -> None:
        """`override` tells the template that a person set for the model at a path, `own_template` reads its file's."""
        self._engines = engines
        self._templates = templates
        self._override = override
        self._own_template = own_template
        self._memory = memory
        self._events = events
        self._pool = pool
        self._lock = threading.Lock()
        self._waiting: dict[str, ModelInfo] = {}
        self._begun: set[str] = set()
        self._closed = False

    def hear(self, event: ServiceEvent) -> None:
        """Take note of models that come and go, and of answers that end; returns at once."""
        if isinstance(event, EngineChanged):
            with self._lock:
                if event.state is EngineState.READY and event.model is not None and not self._closed:
                    self._waiting[event.model_path] = event.model
                else:
                    self._waiting.pop(event.model_path, None)
        if isinstance(event, EngineChanged | AnswerEnded):
            self._begin_where_idle()

    def close(self) -> None:
        """Begin nothing any more, and keep nothing of what is under way."""
        with self._lock:
            self._closed = True
            self._waiting.clear()

    def findings(self, path: str) -> "Future[Findings]":
        """Return what was found about the template that the model at `path` is used with; nothing where it was not checked."""
        return self._pool.submit(self._findings, path)

    def _findings(self, path: str) -> Findings:
        template = self._override(path) or self._own_template(path)
        try:
            return self._memory.of(_key(path, template)) or ()
        except OSError:
            return ()

    def _begin_where_idle(self) -> None:
        with self._lock:
            waiting = list(self._waiting)
        idle = [path for path in waiting if not self._engines.is_busy(path)]
        with self._lock:
            models = {path: self._waiting.pop(path) for path in idle if path in self._waiting}
        for path, model in models.items():
            self._pool.submit(self._begin, path, model)

    def _begin(self, path: str, model: ModelInfo) -> None:
        template = self._override(path) or model.chat_template
        try:
            key = _key(path, template)
        except OSError:
            return  # the file has gone, and its model goes with it
        with self._lock:
            if key in self._begun:
                return
            self._begun.add(key)
        if self._memory.of(key) is None:
            advance(self._check(path, model, template, key))

    def _check(self, path: str, model: ModelInfo, template: str, key: str) -> Steps:
        """Look at the template, step by step; remember and tell what was found, or nothing where the model has gone."""
        codes: dict[ErrorCode, str] = {}
        try:
            yield from self._look(path, model, template, codes)
        except AppError as error:
            if error.code not in (ErrorCode.TEMPLATE_INVALID, ErrorCode.TEMPLATE_TIMEOUT):
                self._give_up(key)
                return
            codes = {error.code: error.info.detail, **codes}
        if not template:
            codes[ErrorCode.TEMPLATE_MISSING] = ""
        findings = tuple(ErrorInfo(code, {"model": model.name}, detail) for code, detail in codes.items())
        with self._lock:
            if not self._closed:  # what was rendered last may have been cut off then
                self._pool.submit(self._keep, key, path, findings)

    def _give_up(self, key: str) -> None:
        """Let the next load look again."""
        with self._lock:
            self._begun.discard(key)

    def _keep(self, key: str, path: str, findings: Findings) -> None:
        self._memory.remember(key, findings)
        self._events.publish(TemplateChecked(path, findings))

    def _look(self, path: str, model: ModelInfo, template: str, codes: dict[ErrorCode, str]) -> Steps:
        """Add to `codes` what is wrong, the gravest first; raises AppError where the template cannot be rendered."""
        render = partial(self._templates.render, template, begin_token=model.begin_token, end_token=model.end_token)
        prompt = yield render(SAMPLE)
        short = yield render(SAMPLE[1:])
        for turns, written in ((SAMPLE, prompt), (SAMPLE[1:], short)):
            if (lost := lost_text(turns, written)) is not None:
                codes[lost] = ""
        read = yield self._engines.questions_to(path).pieces_of(prompt)
        if not ends_turn(read, NEXT_QUESTION) and not (yield from self._ends_last_turn(path, render)):
            codes[ErrorCode.TEMPLATE_NO_END] = ""
        if not reads_back(prompt, read):
            codes[ErrorCode.TEMPLATE_NOT_ROUND_TRIP] = ""

    def _ends_last_turn(self, path: str, render: Callable[..., "Future[str]"]) -> Generator["Future[Any]", Any, bool]:
        """Return whether an answer that nothing follows is ended: gpt-oss ends earlier ones otherwise."""
        try:
            closed = yield render(SAMPLE[:-1], add_generation_prompt=False)
        except AppError:
            return False
        return ends_turn((yield self._engines.questions_to(path).pieces_of(closed)))


def _key(path: str, template: str) -> str:
    """Return what a model file and a template are known by; raises OSError."""
    return f"{fingerprint(parts_of(Path(path)))}-{hashlib.sha256(template.encode()).hexdigest()[:16]}"
