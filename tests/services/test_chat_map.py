"""The map of the chats with the real model: what is alike lies together, nothing is asked twice, answers come first."""

import itertools
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import numpy as np
import pytest

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.domain.sampling import Sampling
from desktop_app.services.chats.chat_map import ChatMap, model_key
from desktop_app.services.events import AnswerDelta
from desktop_app.storage import chat_vectors
from desktop_app.storage import chats as rows

WAIT_SECONDS = 60
TOPICS = (
    ("How do I bake sourdough bread at home?", "Give me a recipe for tomato soup.", "What spices go well in a curry?"),
    ("Write a Python function that sorts a list.", "Explain how to use a SQL join.",
     "How do I fix a segmentation fault in C?"),
    ("What should I see in Rome in three days?", "Should I take the train or a flight from Paris to Berlin?",
     "What do I pack for a beach holiday in Thailand?"),
)  # fmt: skip


class Shown:
    """Collects what a drawing shows."""

    def __init__(self) -> None:
        self.all: list[ChatMap] = []
        self._queue: queue.Queue[ChatMap] = queue.Queue()

    def __call__(self, shown: ChatMap) -> None:
        self.all.append(shown)
        self._queue.put(shown)

    def until(self, matches: Callable[[ChatMap], bool]) -> ChatMap:
        while True:
            shown = self._queue.get(timeout=WAIT_SECONDS)
            if matches(shown):
                return shown

    def end(self) -> ChatMap:
        return self.until(lambda shown: shown.is_drawn)


def store(app: App, *questions: str) -> list[str]:
    """Store a chat for each question, the first one the last changed; return their ids."""
    now = itertools.count(len(questions) * 1000.0, -1.0)
    chats = [Chat(id=new_id(), created_at=0.0, updated_at=next(now)) for _question in questions]

    def work(connection) -> None:
        for chat, question in zip(chats, questions, strict=True):
            rows.insert_chat(connection, chat)
            rows.insert_message(connection, said(chat.id, question))

    app.database.write(work).result(WAIT_SECONDS)
    return [chat.id for chat in chats]


def said(chat_id: str, text: str) -> Message:
    return Message(
        id=new_id(),
        chat_id=chat_id,
        parent_id=None,
        role=Role.USER,
        parts=(TextPart(text),) if text else (),
        status=MessageStatus.COMPLETE,
        created_at=0.0,
    )


@pytest.fixture
def asked(app: App, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that the engine is asked for a vector of."""
    texts: list[str] = []
    embed = app.engines.embed

    def note(path: str, text: str) -> object:
        texts.append(text)
        return embed(path, text)

    monkeypatch.setattr(app.engines, "embed", note)
    return texts


@pytest.fixture
def scripted(app: App, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[str]]]:
    """Return a function that has `answer` make the vectors in place of a model; it returns the texts asked for."""

    def use(answer: Callable[[str], tuple[float, ...]]) -> list[str]:
        texts: list[str] = []

        def embed(_path: str, text: str) -> Future:
            texts.append(text)
            told: Future = Future()
            try:
                told.set_result(answer(text))
            except EngineError as error:
                told.set_exception(error)
            return told

        monkeypatch.setattr(app.engines, "embed", embed)
        return texts

    yield use
    app.chat_maps.close()


def drawn(app: App, model: str) -> ChatMap:
    shown = Shown()
    app.chat_maps.draw(model, shown)
    return shown.end()


def cosines(app: App, model: str, ids: list[str]) -> np.ndarray:
    from desktop_app.domain.chat_map import distinct

    key = model_key(model)
    kept = app.database.read(lambda connection: chat_vectors.load_vectors(connection, key)).result(WAIT_SECONDS)
    vectors = distinct([kept[chat_id][1] for chat_id in ids])
    return vectors @ vectors.T


@pytest.mark.usefixtures("whole_starter")
def test_chats_about_the_same_are_nearer(app: App, starter_model: str) -> None:
    ids = store(app, *itertools.chain(*TOPICS))
    shown = drawn(app, starter_model)
    assert shown.error is None
    assert (shown.done, shown.total, shown.left_out) == (9, 9, 0)
    assert [chat.topic.chat_id for chat in shown.chats] == ids
    assert 0.2 < shown.share < 1.0
    group = np.repeat(np.arange(3), 3)
    same, others = group[:, None] == group[None], ~np.eye(9, dtype=bool)
    alike = cosines(app, starter_model, ids)
    assert alike[same & others].mean() > alike[~same].mean() + 0.3
    points = np.array([(chat.x, chat.y) for chat in shown.chats])
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    assert distances[same & others].mean() < distances[~same].mean()


def test_a_damaged_question_keeps_no_chat_from_the_map(app: App, starter_model: str) -> None:
    ids = store(app, *itertools.chain(*TOPICS))
    damage = f"UPDATE messages SET parts = x'c1c1' WHERE chat_id = '{ids[0]}'"
    app.database.write(lambda connection: connection.exec_driver_sql(damage)).result(WAIT_SECONDS)
    shown = drawn(app, starter_model)
    assert (shown.error, shown.done, shown.total, shown.left_out, shown.damaged) == (None, 9, 9, 1, 1)
    assert [chat.topic.chat_id for chat in shown.chats] == ids[1:]


def test_a_second_look_asks_for_nothing_and_a_changed_chat_alone_is_asked_for(
    app: App, starter_model: str, asked: list[str]
) -> None:
    ids = store(app, "One question", "Another question", "A third one")
    first = drawn(app, starter_model)
    assert len(asked) == 3
    asked.clear()
    again = drawn(app, starter_model)
    assert asked == []
    assert (again.chats, again.share) == (first.chats, first.share)
    app.database.write(lambda connection: rows.insert_message(connection, said(ids[1], "And now?"))).result(60)
    app.chats.rename(ids[2], "Mine").result(60)
    app.ordering.pin([ids[0]], True).result(60)
    drawn(app, starter_model)
    assert asked == ["Another question\nAnd now?", "Mine\nA third one"]


def test_the_trash_is_not_shown_and_what_is_restored_is_known(app: App, starter_model: str, asked: list[str]) -> None:
    ids = store(app, "One question", "Another question")
    drawn(app, starter_model)
    app.ordering.delete([ids[0]]).result(60)
    assert [chat.topic.chat_id for chat in drawn(app, starter_model).chats] == [ids[1]]
    app.ordering.restore([ids[0]]).result(60)
    assert len(drawn(app, starter_model).chats) == 2
    assert len(asked) == 2


def test_it_gives_way_to_an_answer_and_goes_on_after_it(
    app: App, heard, starter_model: str, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store(app, *(f"Question number {number}: " + "why is the sea so blue? " * 6 for number in range(16)))
    embed, may_go_on = app.engines.embed, threading.Event()

    def wait_and_embed(path: str, text: str) -> object:
        if len(asked) == 2:  # else all could be done before the answer begins
            may_go_on.wait(WAIT_SECONDS)
        return embed(path, text)

    monkeypatch.setattr(app.engines, "embed", wait_and_embed)
    known: list[int] = []  # as each piece comes: this thread may wake up late
    app.events.subscribe(lambda event: known.append(len(asked)) if isinstance(event, AnswerDelta) else None)
    shown = Shown()
    app.chat_maps.draw(starter_model, shown)
    shown.until(lambda shown: shown.done >= 2)
    question = app.chats.ask(None, "Hello", model_path=starter_model, sampling=Sampling(max_tokens=80, seed=1))
    heard.wait_for(AnswerDelta)
    may_go_on.set()
    heard.answer(question.answer_id)
    assert max(known) <= 3, "the one that was being asked for, and no other one"
    end = shown.end()
    assert (end.done, end.error) == (16, None)


def test_a_question_ends_the_vector_that_is_being_made(app: App, heard, starter_model: str) -> None:
    app.engines.load(starter_model).result(WAIT_SECONDS)
    vector = app.engines.embed(starter_model, "word " * 1900)
    asked = app.chats.ask(None, "Hello", model_path=starter_model, sampling=Sampling(max_tokens=4, seed=1))
    assert vector.result(WAIT_SECONDS) == ()
    assert heard.answer(asked.answer_id).message.status is MessageStatus.COMPLETE


def test_what_is_stopped_goes_on_where_it_was(app: App, starter_model: str, asked: list[str]) -> None:
    store(app, *(f"Question number {number}" for number in range(8)))
    shown = Shown()
    drawing = app.chat_maps.draw(starter_model, shown)
    shown.until(lambda shown: shown.done >= 3)
    drawing.stop()
    asked.clear()
    second = drawn(app, starter_model)
    assert second.done == 8
    assert len(set(asked)) <= 5  # the text at which the first was stopped may be asked for twice


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_chats(app: App, starter_model: str, count: int) -> None:
    store(app, *(f"Question number {number}" for number in range(count)))
    shown = drawn(app, starter_model)
    assert len(shown.chats) == shown.total == count


def test_chats_without_a_word_or_a_vector_are_counted(app: App, scripted) -> None:
    ids = store(app, "one", "", "nothing", "three")
    texts = scripted(lambda text: (float("nan"), 1.0) if text == "nothing" else (1.0, float(len(text))))
    shown = drawn(app, "/no/model.gguf")
    assert [chat.topic.chat_id for chat in shown.chats] == [ids[0], ids[3]]
    assert (shown.done, shown.total, shown.left_out) == (4, 4, 2)
    assert texts == ["one", "nothing", "three"]


def test_a_text_that_is_too_long_for_the_model_is_cut(app: App, scripted) -> None:
    store(app, "ä" * 300)

    def answer(text: str) -> tuple[float, ...]:
        if len(text) > 100:
            raise EngineError(ErrorCode.PROMPT_TOO_LONG, prompt_tokens=len(text), context_size=100)
        return (1.0, 2.0)

    texts = scripted(answer)
    assert len(drawn(app, "/no/model.gguf").chats) == 1
    assert [len(text) for text in texts] == [300, 150, 75]


def test_another_model_has_vectors_of_its_own(app: App, scripted) -> None:
    store(app, "one", "two")
    texts = scripted(lambda text: (1.0, float(len(text)), 0.0))
    drawn(app, "/models/a.gguf")
    drawn(app, "/models/b.gguf")
    drawn(app, "/models/a.gguf")
    assert len(texts) == 4


def test_a_model_that_is_not_there_is_an_error(app: App) -> None:
    store(app, "one", "two")
    shown = drawn(app, "/no/model.gguf")
    assert shown.error is not None
    assert shown.error.code is ErrorCode.MODEL_NOT_FOUND
    assert (shown.done, shown.total) == (0, 2)


def test_thousands_of_chats_come_in_some_steps(app: App, scripted) -> None:
    count = 600
    store(app, *(f"Question number {number}" for number in range(count)))
    chance = np.random.default_rng(4)
    scripted(lambda _text: tuple(chance.standard_normal(32)))
    shown = Shown()
    app.chat_maps.draw("/no/model.gguf", shown)
    end = shown.end()
    assert len(end.chats) == end.done == count
    placed = {id(each.chats) for each in shown.all}
    assert 20 < len(placed) < 300
    assert [each.done for each in shown.all] == sorted(each.done for each in shown.all)
