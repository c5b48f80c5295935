"""A template's examples as turns of a chat, over the real engine."""

from desktop_app.app import App
from desktop_app.domain.chats import ChatStart
from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.examples import Example
from desktop_app.domain.messages import MessageStatus, Role
from desktop_app.domain.sampling import Sampling
from desktop_app.services.events import ChatChanged, MessageAdded, QuestionReturned

EXAMPLES = (Example("sea", "The sea is wide."), Example("hill", "The hill is steep."))


def test_the_model_reads_examples_as_turns_before_the_question(app: App, heard, starter_model: str, greedy) -> None:
    seen: list[tuple[str, str]] = []
    generate = app.engines.generate

    def spy(path, task, listener):
        seen.extend((turn.role, turn.content) for turn in task.turns)
        return generate(path, task, listener)

    app.engines.generate = spy
    asked = app.chats.ask(
        None, "lake", model_path=starter_model, sampling=greedy, start=ChatStart("One sentence."), examples=EXAMPLES
    )
    ended = heard.answer(asked.answer_id).message
    assert seen == [
        ("system", "One sentence."),
        ("user", "sea"),
        ("assistant", "The sea is wide."),
        ("user", "hill"),
        ("assistant", "The hill is steep."),
        ("user", "lake"),
    ]
    conversation = app.chats.open_chat(asked.chat_id).result(60)
    parents = [message.parent_id for message in conversation.messages]
    assert parents == [None, *(message.id for message in conversation.messages[:-1])]
    assert conversation.messages[-1] == ended
    examples = conversation.messages[:4]
    assert {message.status for message in examples} == {MessageStatus.COMPLETE}
    assert all(message.receipt is None for message in examples)
    assert conversation.chat.title == "lake"
    added = [event.message.id for event in heard.all if isinstance(event, MessageAdded)]
    assert added == [message.id for message in conversation.messages]
    assert next(index for index, event in enumerate(heard.all) if isinstance(event, ChatChanged)) < next(
        index for index, event in enumerate(heard.all) if isinstance(event, MessageAdded)
    )


def test_they_join_the_end_of_an_open_chat_too(app: App, heard, starter_model: str, greedy: Sampling) -> None:
    first = app.chats.ask(None, "Hello", model_path=starter_model, sampling=greedy)
    heard.answer(first.answer_id)
    second = app.chats.ask(first.chat_id, "lake", model_path=starter_model, sampling=greedy, examples=EXAMPLES[:1])
    heard.answer(second.answer_id)
    conversation = app.chats.open_chat(first.chat_id).result(60)
    assert [message.role for message in conversation.messages] == [Role.USER, Role.ASSISTANT] * 3
    assert conversation.messages[2].parent_id == first.answer_id


def test_they_stay_where_the_question_goes_back(app: App, heard, greedy: Sampling) -> None:
    asked = app.chats.ask(None, "lake", model_path="/nowhere/model.gguf", sampling=greedy, examples=EXAMPLES)
    returned = heard.wait_for(QuestionReturned)
    assert returned.error.code is ErrorCode.MODEL_NOT_FOUND
    conversation = app.chats.open_chat(asked.chat_id).result(60)
    assert [message.text for message in conversation.messages] == [
        text for example in EXAMPLES for text in (example.user, example.assistant)
    ]
    assert conversation.chat.leaf_id == conversation.messages[-1].id
    assert conversation.chat.draft == "lake"
