"""A chat that outgrows the model's context: stopped, forgotten from the oldest on, or summarized, as the person chose."""

from collections.abc import Callable
from functools import partial

import pytest

from desktop_app.app import App
from desktop_app.domain.chats import Chat, ChatStart, Conversation
from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.messages import Memory, Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.tree import branch
from desktop_app.protocol.engine import PromptProgress
from desktop_app.services.events import ContextUsed, Problem, PromptRead, QuestionReturned, Summarizing
from desktop_app.services.requests import summaries
from desktop_app.services.requests.context import SUMMARY_INTRODUCTION
from desktop_app.services.requests.requests import Turn
from desktop_app.services.requests.summaries import INSTRUCTION
from desktop_app.settings.schema import WhenFull
from desktop_app.storage import chats as rows

SHORT = Sampling(temperature=0.0, max_tokens=16, seed=3, grammar='root ::= " sea" root')
"""Of words that are as many tokens when they are read again, whatever the model would say."""
SUMMARY = "They spoke of the sea."
FULL = 256
"""Tokens of the context that is outgrown."""
LONG_QUESTION = "Tell me something about the " + "ships and the sea " * 9
"""About 45 tokens: three of them and their answers fill a context of `FULL`, and a fourth is too much."""
LONGER_QUESTION = LONG_QUESTION + "ships and the sea " * 3


ANSWER = "Ships sail on the sea, and the sea is wide and deep."


class Talk:
    """One chat with the starter model, a question at a time."""

    def __init__(self, app: App, heard, model: str, chat_id: str | None = None) -> None:
        self.app, self.heard, self.model, self.chat_id = app, heard, model, chat_id

    def ask(self, text: str = LONG_QUESTION, when_full: WhenFull | None = None) -> Message:
        asked = self.app.chats.ask(
            self.chat_id, text, model_path=self.model, sampling=SHORT, when_full=when_full,
            start=ChatStart("" if self.chat_id else "You are a helpful assistant."),
        )  # fmt: skip
        self.chat_id = asked.chat_id
        return self.heard.answer(asked.answer_id).message

    def fill(self) -> None:
        """Ask until the next such question no longer fits."""
        for _ in range(3):
            assert self.ask().status is MessageStatus.COMPLETE

    def store(
        self, question: str = LONG_QUESTION, turns: int = 3, memory: Memory | None = None, marked: str = ""
    ) -> None:
        """Put a conversation as after `fill` into the database, without the time that it takes; one may be `marked`."""
        chat = Chat(id="chat", created_at=1, updated_at=1, leaf_id=f"a{turns - 1}", model_path=self.model)
        self.chat_id = chat.id
        messages, parent = [], None
        for turn in range(turns):
            for role, name, text in ((Role.USER, f"q{turn}", question), (Role.ASSISTANT, f"a{turn}", ANSWER)):
                messages.append(
                    Message(id=name, chat_id="chat", parent_id=parent, role=role, parts=(TextPart(text),),
                            status=MessageStatus.COMPLETE, created_at=1, memory=memory if name == marked else None)
                )  # fmt: skip
                parent = name

        def store(connection) -> None:
            rows.insert_chat(connection, chat)
            for message in messages:
                rows.insert_message(connection, message)

        self.app.database.write(store).result(60)

    @property
    def conversation(self) -> Conversation:
        return self.app.chats.open_chat(self.chat_id or "").result(60)

    @property
    def remembered_from(self) -> list[Message]:
        return [message for message in self.conversation.messages if message.memory is not None]

    def contexts(self) -> list[ContextUsed]:
        return [event for event in self.heard.all if isinstance(event, ContextUsed)]


@pytest.fixture
def prompts(monkeypatch: pytest.MonkeyPatch) -> Callable[[App], list[list[Turn]]]:
    """Return a function that lists the turns of every prompt from then on."""

    def watch(app: App) -> list[list[Turn]]:
        seen: list[list[Turn]] = []
        render = app.templates.render

        def note(template, turns, *tokens, **options):
            seen.append(list(turns))
            return render(template, turns, *tokens, **options)

        monkeypatch.setattr(app.templates, "render", note)
        return seen

    return watch


def prompt_readings(app: App, model: str) -> list[tuple[int, int]]:
    """Return a growing list of (known, all) tokens of each prompt that is read from now on, summaries included."""
    engine = app.engines._engine(model)
    read: list[tuple[int, int]] = []
    on_event = engine.requests.hear

    def note(event) -> None:
        if isinstance(event, PromptProgress):
            read.append((event.cached, event.total))
        on_event(event)

    engine.requests.hear = note
    return read


def test_stop_sends_nothing_and_gives_the_question_back(open_app, starter_model: str) -> None:
    with open_app(context_size=FULL, when_full=WhenFull.STOP) as (app, heard):
        talk = Talk(app, heard, starter_model)
        talk.store(LONGER_QUESTION)
        before = talk.conversation
        app.chats.ask(talk.chat_id, LONGER_QUESTION, model_path=starter_model, sampling=SHORT)
        returned = heard.wait_for(QuestionReturned)
        assert (returned.text, returned.error.code) == (LONGER_QUESTION, ErrorCode.CONTEXT_FULL)
        numbers = returned.error.params
        assert numbers["prompt_tokens"] > numbers["room"]
        assert numbers["room"] == FULL - SHORT.max_tokens
        after = talk.conversation
        assert after.messages == before.messages
        assert (after.chat.leaf_id, after.chat.draft) == (before.chat.leaf_id, LONGER_QUESTION)
        longer = Sampling(
            max_tokens=1000
        )  # leaves a quarter of the context free, so that even the last question is too much
        again = app.chats.regenerate("chat", "a2", model_path=starter_model, sampling=longer)
        returned = heard.wait_for(QuestionReturned)
        assert (returned.text, returned.message_ids) == ("", (again.answer_id,))
        assert talk.conversation.messages == before.messages
        assert (talk.conversation.chat.leaf_id, talk.conversation.chat.draft) == (before.chat.leaf_id, LONGER_QUESTION)
        assert talk.ask(when_full=WhenFull.DROP).status is MessageStatus.COMPLETE
        assert len(talk.remembered_from) == 1


def test_after_the_first_dropping_the_beginning_stays_the_same(open_app, starter_model: str, prompts) -> None:
    with open_app(context_size=FULL) as (app, heard):
        talk = Talk(app, heard, starter_model)
        talk.fill()
        assert talk.contexts()[-1].first_message_id is None
        talk.ask()
        start = talk.contexts()[-1].first_message_id
        assert start is not None
        system = len(["You", "are", "a", "helpful", "assistant."])
        second = talk.ask("And the wind?")
        assert talk.contexts()[-1].first_message_id == start
        read = [event for event in heard.all if isinstance(event, PromptRead) and event.message_id == second.id]
        assert read[0].cached > FULL / 3 + system
        assert read[0].total - read[0].cached < 30
        (mark,) = talk.remembered_from
        assert mark.id == start
    with open_app(context_size=FULL) as (app, heard):  # it is known after a restart too
        talk = Talk(app, heard, starter_model, talk.chat_id)
        talk.ask("And the rain?")
        assert talk.contexts()[0].first_message_id == start
        assert talk.remembered_from == [mark]
    with open_app(context_size=4 * FULL) as (app, heard):  # and a larger context remembers everything again
        talk = Talk(app, heard, starter_model, talk.chat_id)
        seen = prompts(app)
        talk.ask("And the snow?")
        assert len(seen[0]) == 1 + len(talk.conversation.messages) - 1
        assert talk.contexts()[-1].first_message_id is None


def test_a_summary_stands_for_what_was_dropped(
    open_app, starter_model: str, prompts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summaries, "Sampling", partial(Sampling, grammar=f'root ::= "{SUMMARY}"'))
    with open_app(context_size=FULL, when_full=WhenFull.SUMMARIZE) as (app, heard):
        talk = Talk(app, heard, starter_model)
        talk.fill()
        seen = prompts(app)
        read = prompt_readings(app, starter_model)
        answer = talk.ask()
        cached, total = read[0]
        assert total - cached < 50  # of the wish for a summary nothing but the wish is read
        assert answer.status is MessageStatus.COMPLETE
        assert [event.message_id for event in heard.all if isinstance(event, Summarizing)] == [answer.id]
        assert [turns[-1].content for turns in seen] == [LONG_QUESTION, INSTRUCTION, LONG_QUESTION]
        (mark,) = talk.remembered_from
        assert mark.memory is not None
        summary = mark.memory.summary
        assert summary == SUMMARY
        assert talk.contexts()[-1].summary == summary
        assert talk.contexts()[-1].first_message_id == mark.id
        assert seen[-1][0].role == "system"
        assert seen[-1][0].content.endswith(f"{SUMMARY_INTRODUCTION}\n{summary}")
        assert not [event for event in heard.all if isinstance(event, Problem)]
    with open_app(context_size=FULL, when_full=WhenFull.SUMMARIZE) as (app, heard):
        talk = Talk(app, heard, starter_model, talk.chat_id)
        seen = prompts(app)
        talk.ask("And the wind?")
        assert [turns[0].content.endswith(summary) for turns in seen] == [True]  # sent again, and not made again
        first = talk.conversation.messages[0]
        asked = app.chats.edit(first.chat_id, first.id, "Hello", model_path=starter_model, sampling=SHORT)
        heard.answer(asked.answer_id)
        assert [turn.content for turn in seen[-1]] == ["You are a helpful assistant.", "Hello"]  # another branch
        assert len(branch(talk.conversation.messages, asked.answer_id)) == 2


def test_what_cannot_be_summarized_is_dropped_and_that_is_said(open_app, starter_model: str) -> None:
    with open_app(context_size=2 * FULL) as (app, heard):
        talk = Talk(app, heard, starter_model)
        talk.ask("word " * 300)
    with open_app(context_size=FULL, when_full=WhenFull.SUMMARIZE) as (app, heard):
        talk = Talk(app, heard, starter_model, talk.chat_id)
        assert talk.ask("And the wind?").status is MessageStatus.COMPLETE
        (problem,) = [event for event in heard.all if isinstance(event, Problem)]
        assert problem.error.code is ErrorCode.CONTEXT_NOT_SUMMARIZED
        (mark,) = talk.remembered_from
        assert mark.memory is not None
        assert mark.memory.summary == ""


def test_stop_while_summarizing_forgets_nothing(open_app, starter_model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = summaries.Summarizing.on_text
    with open_app(context_size=FULL, when_full=WhenFull.SUMMARIZE) as (app, heard):
        talk = Talk(app, heard, starter_model)
        talk.store()

        def stop_and_keep(summarizing: summaries.Summarizing, text: str) -> None:
            """Stop in the midst of the summary, in the thread that hears of it: this one may wake up too late."""
            app.chats.stop(next(event.message_id for event in heard.all if isinstance(event, Summarizing)))
            keep(summarizing, text)

        monkeypatch.setattr(summaries.Summarizing, "on_text", stop_and_keep)
        asked = app.chats.ask(talk.chat_id, LONG_QUESTION, model_path=starter_model, sampling=SHORT)
        assert heard.answer(asked.answer_id).message.status is MessageStatus.STOPPED
        assert talk.remembered_from == []
        assert talk.ask("And the wind?").status is MessageStatus.COMPLETE


def test_what_a_larger_context_remembers_stays_the_same_too(open_app, starter_model: str) -> None:
    """A smaller one had made it begin further on."""
    with open_app(context_size=4 * FULL) as (app, heard):
        talk = Talk(app, heard, starter_model)
        talk.store(turns=20, memory=Memory(context_size=FULL, summary="They met."), marked="q18")
        talk.ask()
        start = talk.contexts()[-1].first_message_id
        assert start in ("q12", "q13", "q14", "q15", "q16")
        talk.ask("And the wind?")
        assert talk.contexts()[-1].first_message_id == start
        assert [message.id for message in talk.remembered_from] == [start]
