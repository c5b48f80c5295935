"""Chat templates are checked once, when a model was first loaded with them, over the real engine."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace

import pytest

from desktop_app.app import App
from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.domain.sampling import Sampling
from desktop_app.helper.templates import CHATML
from desktop_app.services.engines.template_checks import SAMPLE
from desktop_app.services.events import AnswerEnded, EngineChanged, EngineState, TemplateChecked
from desktop_app.services.requests import templates as templates_module
from tests.engine.tiny_models import write_tiny_model

WAIT_SECONDS = 60.0
TURNS = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
HANGS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
OVERRIDES: dict[str, tuple[str, set[ErrorCode]]] = {
    "sound": (CHATML, set()),
    "does not compile": ("{% for message in messages %}", {ErrorCode.TEMPLATE_INVALID}),
    "knows no conversation": (
        "{% if messages | length > 1 %}{{ raise_exception('one question only') }}{% endif %}" + CHATML,
        {ErrorCode.TEMPLATE_INVALID},
    ),
    "hangs": (HANGS, {ErrorCode.TEMPLATE_TIMEOUT}),
    "loses the system prompt": (
        "{% for m in messages if m.role != 'system' %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}",
        {ErrorCode.TEMPLATE_LOSES_SYSTEM},
    ),
    "loses what was said": ("{{ messages[-1].content }}<|im_end|>", {ErrorCode.TEMPLATE_LOSES_TEXT}),
    "never ends a turn": (TURNS, {ErrorCode.TEMPLATE_NO_END}),
    "ends only the last turn": (TURNS + "{% if not add_generation_prompt %}<|im_end|>{% endif %}", set()),
    "takes no answer at the end": (
        "{% if messages[-1].role != 'user' %}{{ raise_exception('ask first') }}{% endif %}" + TURNS,
        {ErrorCode.TEMPLATE_NO_END},
    ),
}


@pytest.fixture
def app_and_events(open_app: Callable) -> Iterator[tuple]:
    with open_app(template_checks=True) as pair:
        yield pair


class Counted:
    """Counts what is asked of the helper and of the worker."""

    def __init__(self, app: App) -> None:
        self.rendered: list[int] = []
        self.tokenized = 0
        self._render, self._questions_to = app.templates.render, app.engines.questions_to
        app.templates.render = self._count_render
        app.engines.questions_to = self._count_pieces

    def _count_render(self, template: str, turns: tuple, *rest: object, **named: object) -> "Future[str]":
        self.rendered.append(len(turns))
        return self._render(template, turns, *rest, **named)

    def _count_pieces(self, path: str) -> SimpleNamespace:
        def pieces_of(text: str) -> "Future":
            self.tokenized += 1
            return self._questions_to(path).pieces_of(text)

        return SimpleNamespace(pieces_of=pieces_of)


def codes(event: TemplateChecked) -> set[ErrorCode]:
    return {finding.code for finding in event.findings}


def test_the_starters_template_is_sound_and_is_looked_at_once(open_app: Callable, starter_model: str) -> None:
    with open_app(template_checks=True) as (app, heard):
        counted = Counted(app)
        app.engines.load(starter_model).result(WAIT_SECONDS)
        assert heard.wait_for(TemplateChecked) == TemplateChecked(starter_model, ())
        assert counted.rendered == [len(SAMPLE), len(SAMPLE) - 1]
        assert counted.tokenized == 1
        app.engines.release(starter_model)
        app.engines.load(starter_model).result(WAIT_SECONDS)
    assert len(counted.rendered) == 2
    with open_app(template_checks=True) as (app, heard):
        counted = Counted(app)
        app.engines.load(starter_model).result(WAIT_SECONDS)
        asked = app.chats.ask(None, "Hi", model_path=starter_model, sampling=Sampling(max_tokens=1))
        heard.answer(asked.answer_id)
    assert counted.rendered == [1]  # the question itself
    assert counted.tokenized == 0
    assert not [event for event in heard.all if isinstance(event, TemplateChecked)]


def test_the_first_answer_comes_first(app: App, heard, starter_model: str, greedy: Sampling) -> None:
    counted = Counted(app)
    asked = app.chats.ask(None, "Hello", model_path=starter_model, sampling=greedy)
    heard.wait_for(TemplateChecked)
    told = [event for event in heard.all if isinstance(event, AnswerEnded | TemplateChecked)]
    assert [type(event) for event in told] == [AnswerEnded, TemplateChecked]
    assert told[0].message.id == asked.answer_id
    assert counted.rendered == [1, len(SAMPLE), len(SAMPLE) - 1]


def test_what_is_wrong_with_a_template_of_ones_own_is_found(
    app: App, heard, starter_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = app.engines.load(starter_model).result(WAIT_SECONDS)
    heard.wait_for(TemplateChecked)
    found = {}
    for name, (template, _expected) in OVERRIDES.items():
        monkeypatch.setattr(templates_module, "RENDER_SECONDS", 0.5 if template is HANGS else WAIT_SECONDS)
        app.model_defaults.change(starter_model, ModelDefaults(chat_template=template))
        # as if it were loaded again, which takes a second each time
        app.events.publish(EngineChanged(model_path=starter_model, state=EngineState.READY, model=model))
        found[name] = heard.wait_for(TemplateChecked).findings
    assert {name: {finding.code for finding in findings} for name, findings in found.items()} == {
        name: expected for name, (_template, expected) in OVERRIDES.items()
    }
    assert "one question only" in found["knows no conversation"][0].detail
    assert found["never ends a turn"][0].params["model"]
    app.model_defaults.change(starter_model, ModelDefaults(chat_template=OVERRIDES["loses what was said"][0]))
    assert app.template_checks.findings(starter_model).result(WAIT_SECONDS) == found["loses what was said"]
    app.model_defaults.change(starter_model, ModelDefaults())
    assert app.template_checks.findings(starter_model).result(WAIT_SECONDS) == ()


def test_a_file_without_a_template_is_told(app: App, heard, tmp_path: Path) -> None:
    model = str(write_tiny_model(tmp_path / "tiny.gguf", "llama", template=""))
    app.engines.load(model).result(WAIT_SECONDS)
    found = heard.wait_for(TemplateChecked)
    # ChatML's marks are no tokens of this model, so nothing ends an answer either
    assert codes(found) == {ErrorCode.TEMPLATE_MISSING, ErrorCode.TEMPLATE_NO_END}
    assert app.template_checks.findings(model).result(WAIT_SECONDS) == found.findings


def test_a_model_that_goes_meanwhile_is_looked_at_the_next_time(app: App, heard, starter_model: str) -> None:
    asked: Future[None] = Future()
    answer: Future = Future()
    real = app.engines.questions_to

    def never_answered(_text: str) -> "Future":
        asked.set_result(None)
        return answer

    app.engines.questions_to = lambda _path: SimpleNamespace(pieces_of=never_answered)
    app.engines.load(starter_model).result(WAIT_SECONDS)
    asked.result(WAIT_SECONDS)
    app.engines.release(starter_model)
    answer.set_exception(EngineError(ErrorCode.ENGINE_KILLED))
    app.engines.questions_to = real
    app.engines.load(starter_model).result(WAIT_SECONDS)
    assert heard.wait_for(TemplateChecked).findings == ()


def test_nothing_is_kept_of_a_check_that_the_end_cuts_off(open_app: Callable, paths, starter_model: str) -> None:
    with open_app(template_checks=True) as (app, _heard):
        app.model_defaults.change(starter_model, ModelDefaults(chat_template=HANGS))
        begun: Future[None] = Future()
        real = app.templates.render

        def render(*arguments: object, **named: object) -> "Future[str]":
            prompt = real(*arguments, **named)
            begun.set_result(None)
            return prompt

        app.templates.render = render
        app.engines.load(starter_model).result(WAIT_SECONDS)
        begun.result(WAIT_SECONDS)
    assert not paths.template_checks_file.exists()
