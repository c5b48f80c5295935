"""An answer can be stopped at every stage: it ends exactly once, as stopped, and the next question works."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from desktop_app.app import App
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.sampling import Sampling
from desktop_app.protocol.engine import Tokens
from desktop_app.services.answering.turns import Asked
from desktop_app.services.engines.load_orders import SEQUENCES
from desktop_app.services.events import (
    AnswerDelta,
    AnswerEnded,
    ContextUsed,
    EngineChanged,
    EngineState,
    MessageAdded,
    PromptRead,
    Summarizing,
)
from desktop_app.settings.schema import WhenFull
from tests.services.conftest import Heard
from tests.services.test_full_context import FULL, LONG_QUESTION, Talk

WAIT_SECONDS = 60.0
STORY = "Write a very long story about a lighthouse."
LONG_TEXT = "Summarise: " + "the sea is wide and deep. " * 250
LONG = Sampling(temperature=0.8, max_tokens=3000, seed=7, min_p=0.0)
REPEATING = Sampling(temperature=0.0, max_tokens=3000, grammar='root ::= "one two three four. " root')
"""Without a seed, since an answer with one is never guessed."""
LETTERS = Sampling(temperature=0.8, max_tokens=3000, seed=7, grammar='root ::= ("a" | "b" | " ") root')
SHORT = Sampling(temperature=0.0, max_tokens=4, seed=1)


class Scene:
    """The services, a model, and a way to hold up what the engine asks for."""

    def __init__(self, app: App, heard: Heard, model: str) -> None:
        self.app, self.heard, self.model = app, heard, model

    def load(self) -> None:
        self.app.engines.load(self.model).result(WAIT_SECONDS)

    def load_slowly(self) -> None:
        """Want a context that no process has at hand."""
        self.app.settings.change("engine", "context_size", 1024)

    def ask(self, text: str = STORY, sampling: Sampling = LONG, chat_id: str | None = None) -> Asked:
        return self.app.chats.ask(chat_id, text, model_path=self.model, sampling=sampling)

    def stop(self, asked: Asked) -> None:
        self.app.chats.stop(asked.answer_id)

    def written(self, asked: Asked, characters: int = 0) -> None:
        """Wait until so much of an answer is there."""
        self.heard.wait_for(
            AnswerDelta, lambda event: event.message_id == asked.answer_id and event.start >= characters
        )

    def hold(self, owner: object, name: str) -> tuple["Future[None]", Callable[[], None]]:
        """Let `owner.name` answer late: return what is done once it is asked, and what lets the answer go."""
        ask, reached, gates = getattr(owner, name), Future(), []

        def held(*arguments: object, **options: object) -> "Future[object]":
            late: Future[object] = Future()
            gates.append(
                lambda: ask(*arguments, **options).add_done_callback(lambda done: late.set_result(done.result()))
            )
            if not reached.done():
                reached.set_result(None)
            return late

        setattr(owner, name, held)

        def let_go() -> None:
            setattr(owner, name, ask)
            for gate in gates:
                gate()

        return reached, let_go


def before_it_is_stored(scene: Scene) -> None:
    written, wait = threading.Event(), threading.Event()

    def occupy(_connection: object) -> None:
        written.set()
        wait.wait(WAIT_SECONDS)

    scene.app.database.write(occupy)
    written.wait(WAIT_SECONDS)
    asked = scene.ask()
    scene.stop(asked)
    wait.set()


def with_its_chat_before_it_is_stored(scene: Scene) -> None:
    written, wait = threading.Event(), threading.Event()

    def occupy(_connection: object) -> None:
        written.set()
        wait.wait(WAIT_SECONDS)

    scene.app.database.write(occupy)
    written.wait(WAIT_SECONDS)
    asked = scene.ask()
    scene.app.chats.stop_all(asked.chat_id)
    wait.set()


def before_it_is_loaded(scene: Scene) -> None:
    scene.load_slowly()
    asked = scene.ask()
    scene.heard.wait_for(MessageAdded, lambda event: event.message.id == asked.answer_id)
    scene.stop(asked)


def loading(scene: Scene) -> None:
    scene.load_slowly()
    asked = scene.ask()
    scene.heard.wait_for(EngineChanged, lambda event: event.state is EngineState.LOADING and event.fraction > 0)
    scene.stop(asked)


def rendering(scene: Scene) -> None:
    scene.load()
    reached, let_go = scene.hold(scene.app.templates, "render")
    asked = scene.ask()
    reached.result(WAIT_SECONDS)
    scene.stop(asked)
    let_go()


def counting(scene: Scene) -> None:
    scene.load()
    reached, let_go = scene.hold(scene.app.engines._engines[scene.model].questions, "count_tokens")
    asked = scene.ask()
    reached.result(WAIT_SECONDS)
    scene.stop(asked)
    let_go()


def summarizing(scene: Scene) -> None:
    scene.app.settings.change("engine", "context_size", FULL)
    scene.app.settings.change("engine", "when_full", WhenFull.SUMMARIZE)
    talk = Talk(scene.app, scene.heard, scene.model)
    talk.store()
    stopped = scene.heard.at_once(Summarizing, lambda event: scene.app.chats.stop(event.message_id))
    scene.ask(LONG_QUESTION, SHORT, talk.chat_id)
    stopped.result(WAIT_SECONDS)


def queued_behind_others(scene: Scene) -> None:
    scene.load()
    others = [scene.ask() for _ in range(SEQUENCES)]
    for other in others:
        scene.written(other)
    asked = scene.ask()
    scene.heard.wait_for(ContextUsed, lambda event: event.chat_id == asked.chat_id)  # it was sent
    scene.stop(asked)
    ended = scene.heard.answer(asked.answer_id).message
    assert ended.text == ""
    for other in others:
        scene.stop(other)


def reading_the_prompt(scene: Scene) -> None:
    stopped = scene.heard.at_once(
        PromptRead, lambda event: scene.app.chats.stop(event.message_id), lambda event: 0 < event.done < event.total
    )
    scene.ask(LONG_TEXT)
    stopped.result(WAIT_SECONDS)


def at_the_first_token(scene: Scene) -> None:
    asked = scene.ask()
    scene.written(asked)
    scene.stop(asked)


def writing(scene: Scene) -> None:
    asked = scene.ask()
    scene.written(asked, 40)
    scene.stop(asked)


def writing_with_guesses(scene: Scene) -> None:
    asked = scene.ask(sampling=REPEATING)
    scene.written(asked, 150)
    scene.stop(asked)
    receipt = scene.heard.answer(asked.answer_id).message.receipt
    assert receipt is not None
    assert receipt.guessed_tokens > 0


def writing_within_a_grammar(scene: Scene) -> None:
    asked = scene.ask(sampling=LETTERS)
    scene.written(asked, 20)
    scene.stop(asked)


def following_a_shared_prompt(scene: Scene) -> None:
    """Two alternatives wait for the third to read what they share; one that waits is stopped, then the reader."""
    first = scene.ask(LONG_TEXT[:1200], SHORT)
    scene.stop(first)
    scene.heard.answer(first.answer_id)
    scene.app.chats.regenerate(first.chat_id, first.answer_id, model_path=scene.model, sampling=LONG, count=3)
    added = [scene.heard.wait_for(MessageAdded).message.id for _ in range(3)]
    reader = scene.heard.wait_for(PromptRead, lambda event: 0 < event.done < event.total).message_id
    follower, other = [answer_id for answer_id in added if answer_id != reader]
    for answer_id in (follower, reader):
        scene.stop(Asked(first.chat_id, "", answer_id))
        scene.heard.answer(answer_id)
    scene.written(Asked(first.chat_id, "", other), 20)  # it goes on alone
    scene.stop(Asked(first.chat_id, "", other))


STAGES = (
    before_it_is_stored,
    with_its_chat_before_it_is_stored,
    before_it_is_loaded,
    loading,
    rendering,
    counting,
    summarizing,
    queued_behind_others,
    reading_the_prompt,
    at_the_first_token,
    writing,
    writing_with_guesses,
    writing_within_a_grammar,
    following_a_shared_prompt,
)


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
def test_it_ends_once_as_stopped_and_the_next_question_works(
    app: App, heard: Heard, starter_model: str, stage: Callable[[Scene], None]
) -> None:
    stopped: list[str] = []
    stop = app.chats.stop

    def note_and_stop(answer_id: str) -> None:
        stopped.append(answer_id)
        stop(answer_id)
        stop(answer_id)  # an impatient person

    app.chats.stop = note_and_stop
    stage(Scene(app, heard, starter_model))
    following = app.chats.ask(None, "Hello", model_path=starter_model, sampling=SHORT)
    wanted = {*stopped, following.answer_id}
    while not wanted <= {event.message.id for event in heard.all if isinstance(event, AnswerEnded)}:
        heard.wait_for(AnswerEnded)
    ends = [event.message for event in heard.all if isinstance(event, AnswerEnded)]
    assert stopped
    for answer_id in stopped:
        assert [end.status for end in ends if end.id == answer_id] == [MessageStatus.STOPPED]
    (last,) = [end for end in ends if end.id == following.answer_id]
    assert last.status is MessageStatus.COMPLETE
    assert len(app.engines.worker_pids()) == 1
    assert not app.engines._engines[starter_model].busy


def test_stopping_what_has_ended_changes_nothing(app: App, heard: Heard, starter_model: str) -> None:
    asked = app.chats.ask(None, "Hello", model_path=starter_model, sampling=SHORT)
    heard.answer(asked.answer_id)
    app.chats.stop(asked.answer_id)
    following = app.chats.ask(asked.chat_id, "Hello", model_path=starter_model, sampling=SHORT)
    heard.answer(following.answer_id)
    ends = [event.message for event in heard.all if isinstance(event, AnswerEnded)]
    assert [(end.id, end.status) for end in ends] == [
        (asked.answer_id, MessageStatus.COMPLETE),
        (following.answer_id, MessageStatus.COMPLETE),
    ]


def test_what_ends_by_itself_while_it_is_stopped_counts_as_stopped(app: App, heard: Heard, starter_model: str) -> None:
    """What waits for its end goes on waiting. It has all words that its receipt counts: those came after Stop, too."""
    app.engines.load(starter_model).result(WAIT_SECONDS)
    requests = app.engines._engine(starter_model).requests
    hear = requests.hear

    def stopped_before(event) -> None:
        if isinstance(event, Tokens):
            requests.cancel(event.request_id)
        hear(event)

    requests.hear = stopped_before
    one_token = Sampling(max_tokens=1, grammar="root ::= [a-z]+")  # the worker tells it together with the end
    asked = app.chats.ask(None, "Hello", model_path=starter_model, sampling=one_token)
    ended = heard.answer(asked.answer_id).message
    assert ended.status is MessageStatus.STOPPED
    assert ended.receipt is not None
    assert (ended.receipt.completion_tokens, bool(ended.text)) == (1, True)
