"""The tree of a chat: answers in a person's words, several models side by side, and branches that begin anywhere."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import AbstractContextManager
from itertools import count, pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection

from desktop_app.app import App
from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import TextPart, ThoughtPart, ToolCallPart, reworded
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.shelf import NEXT_TO_GONE, Tag
from desktop_app.domain.traces import Traces
from desktop_app.domain.tree import branch
from desktop_app.services.answering.turns import Asked, Writer, turns_of
from desktop_app.services.chat_files.incoming import SLICE_MESSAGES
from desktop_app.services.events import (
    AnswerDelta,
    AnswerEnded,
    AnswerWaits,
    ChatChanged,
    MessageAdded,
    MessagesRemoved,
    TagsChanged,
)
from desktop_app.storage import chats as rows
from desktop_app.storage import shelf
from desktop_app.storage.chats import list_chats, load_conversation
from desktop_app.storage.database import Database
from desktop_app.storage.shelf import empty_slice
from desktop_app.storage.traces import load_traces
from desktop_app.support.paths import Paths
from tests.services.chat_home import insert
from tests.services.conftest import Heard
from tests.unit.domain.random_chats import random_message

DRIVER = """
import queue, sys
from pathlib import Path
from desktop_app.app import App
from desktop_app.domain.sampling import Sampling
from desktop_app.services.answering.turns import Writer
from desktop_app.services.events import AnswerDelta
from desktop_app.settings.store import SettingsStore
from desktop_app.support.paths import Paths
from tests.endless import ENDLESS

if __name__ == "__main__":
    paths = Paths.below(Path(sys.argv[1]))
    app = App(paths, SettingsStore(paths.settings_file))
    app.engines._available_memory = lambda: 1
    deltas = queue.Queue()
    app.events.subscribe(lambda event: deltas.put(event) if isinstance(event, AnswerDelta) else None)
    app.start().result(60)
    sampling = Sampling(max_tokens=4000, seed=1, min_p=0.0, **ENDLESS)
    asked = app.chats.ask(None, "Write a very long story.", model_path=sys.argv[2], sampling=sampling,
                          also=[Writer(sys.argv[3], sampling)])
    deltas.get(timeout=60)
    copies = [app.branches.take_out(asked.chat_id, asked.answer_id).result(60).id for _place in range(5)]
    edited = app.branches.reword(asked.chat_id, asked.answer_id, "Mine.").result(60).id
    print(asked.chat_id, edited, *copies, flush=True)
    while True:
        app.branches.take_out(asked.chat_id, asked.answer_id)
        deltas.get(timeout=60)
"""
TAKER = """
import sys
from pathlib import Path
from desktop_app.app import App
from desktop_app.settings.store import SettingsStore
from desktop_app.support.paths import Paths

if __name__ == "__main__":
    paths = Paths.below(Path(sys.argv[1]))
    app = App(paths, SettingsStore(paths.settings_file))
    app.start().result(60)
    write = app.database.write

    def told(action, *follow):
        written = write(action, *follow)
        written.add_done_callback(lambda _done: print("written", flush=True))
        return written

    app.database.write = told
    app.branches.take_out(sys.argv[2], sys.argv[3]).result(60)
    print("done", flush=True)
    sys.stdin.read()
"""
KILLS = 20 if os.environ.get("INGLENOOK_SOAK") else 3
LONG = Sampling(temperature=0.8, max_tokens=2000, seed=7, min_p=0.0)
STORY = "Write a very long story about a lighthouse."


def two_turns(app: App, heard: Heard, model: str, sampling: Sampling) -> tuple[Asked, Asked]:
    first = app.chats.ask(None, "Name a colour.", model_path=model, sampling=sampling)
    heard.answer(first.answer_id)
    second = app.chats.ask(first.chat_id, "And an animal?", model_path=model, sampling=sampling)
    heard.answer(second.answer_id)
    return first, second


def opened(app: App, chat_id: str) -> Conversation:
    return app.chats.open_chat(chat_id).result(60)


def shown(conversation: Conversation) -> tuple[Message, ...]:
    return branch(conversation.messages, conversation.chat.leaf_id)


def test_an_answer_in_other_words_is_a_sibling_and_the_next_turn_builds_on_it(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    first, second = two_turns(app, heard, starter_model, greedy)
    before = opened(app, first.chat_id).messages
    heard.all.clear()
    edited = app.branches.reword(first.chat_id, first.answer_id, "Teal, of course.").result(60)
    assert [type(event).__name__ for event in heard.all] == ["ChatChanged", "MessageAdded"]
    assert (edited.status, edited.receipt, edited.is_edited) == (MessageStatus.COMPLETE, None, True)

    conversation = opened(app, first.chat_id)
    assert conversation.messages[:-1] == before, "nothing that was there has changed"
    assert [message.id for message in shown(conversation)] == [first.question_id, edited.id]
    third = app.chats.ask(first.chat_id, "Why?", model_path=starter_model, sampling=greedy)
    heard.answer(third.answer_id)
    now = opened(app, first.chat_id)
    assert [turn.content for turn in turns_of(now.chat, shown(now))][:2] == ["Name a colour.", "Teal, of course."]
    assert second.answer_id in {message.id for message in now.messages}


def test_other_words_keep_thoughts_and_calls() -> None:
    call = ToolCallPart("get", "{}", "<call>")
    parts = (ThoughtPart("Hm."), TextPart("I look into it."), call, TextPart("So."))
    assert reworded(parts, "Short") == (ThoughtPart("Hm."), TextPart("Short", edited=True), call)
    assert reworded((TextPart("a"),), "b") == (TextPart("b", edited=True),)


def test_a_branch_begins_in_the_middle_of_the_chat(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    first, second = two_turns(app, heard, starter_model, greedy)
    conversation = app.branches.end_at(first.chat_id, first.answer_id).result(60)
    assert [message.id for message in shown(conversation)] == [first.question_id, first.answer_id]
    third = app.chats.ask(first.chat_id, "And a plant?", model_path=starter_model, sampling=greedy)
    heard.answer(third.answer_id)
    now = opened(app, first.chat_id)
    parents = {message.id: message.parent_id for message in now.messages}
    assert parents[third.question_id] == parents[second.question_id] == first.answer_id


def test_what_was_deleted_meanwhile_is_not_taken_out(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    first, second = two_turns(app, heard, starter_model, greedy)
    app.branches.remove(first.chat_id, second.answer_id).result(60)
    with pytest.raises(StorageError) as caught:
        app.branches.take_out(first.chat_id, second.answer_id).result(60)
    assert caught.value.info.code is ErrorCode.MESSAGE_NOT_FOUND


def test_a_path_goes_on_in_a_new_chat_with_parts_receipts_and_traces(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    first, second = two_turns(app, heard, starter_model, greedy)
    app.chats.set_system_prompt(first.chat_id, "Be short.").result(60)
    before = opened(app, first.chat_id)
    statements: list[str] = []
    counting(app, statements)
    chat = app.branches.take_out(first.chat_id, second.answer_id).result(60)
    inserted = [statement for statement in statements if statement.startswith("INSERT INTO")]
    assert len(inserted) == 3, "one for the chat, one for all messages, one for all traces"
    assert chat.title == f"{before.chat.title} (branch)"
    copied = opened(app, chat.id)
    assert [(m.role, m.parts, m.status, m.receipt, m.created_at) for m in copied.messages] == [
        (m.role, m.parts, m.status, m.receipt, m.created_at) for m in before.messages
    ]
    assert [message.id for message in shown(copied)] == [message.id for message in copied.messages]
    assert not {message.id for message in copied.messages} & {message.id for message in before.messages}
    assert (copied.chat.system_prompt, copied.chat.model_path) == ("Be short.", starter_model)
    assert opened(app, first.chat_id) == before
    traces = [recorded(app, message.id) for message in (before.messages[-1], copied.messages[-1])]
    assert len(traces[0])
    assert traces[0].packed() == traces[1].packed()
    again = app.branches.take_out(chat.id, copied.messages[1].id).result(60)
    assert again.title == chat.title, "a branch of a branch does not say it twice"


def test_a_whole_chat_is_copied_with_all_of_its_branches(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    first, second = two_turns(app, heard, starter_model, greedy)
    app.branches.reword(first.chat_id, first.answer_id, "Teal.").result(60)
    app.chats.choose_branch(first.chat_id, second.answer_id).result(60)
    app.chats.save_draft(first.chat_id, "", "Half a question").result(60)
    before = opened(app, first.chat_id)
    chat = app.branches.duplicate(first.chat_id).result(60)
    copied = opened(app, chat.id)
    assert (chat.title, chat.draft) == (f"{before.chat.title} (copy)", "")
    assert [(m.role, m.parts, m.status, m.receipt) for m in copied.messages] == [
        (m.role, m.parts, m.status, m.receipt) for m in before.messages
    ]
    places = [{m.id: place for place, m in enumerate(each.messages)} for each in (before, copied)]
    assert [places[1].get(m.parent_id or "") for m in copied.messages] == [
        places[0].get(m.parent_id or "") for m in before.messages
    ], "each hangs on what it hung on"
    assert places[1][copied.chat.leaf_id or ""] == places[0][second.answer_id]
    assert opened(app, first.chat_id) == before
    traces = [recorded(app, answer) for answer in (second.answer_id, copied.chat.leaf_id)]
    assert traces[0].packed() == traces[1].packed()


@pytest.mark.parametrize("way", ["whole", "a branch"])
def test_a_copy_has_the_tags_of_the_chat(app: App, heard: Heard, way: str) -> None:
    conversation = long_chat(4)
    chat_id, last = conversation.chat.id, conversation.messages[-1]
    tag = Tag(id="t", name="Urgent")

    def put(connection: Connection) -> None:
        insert(connection, conversation)
        shelf.save_tag(connection, tag)
        shelf.set_tagged(connection, [chat_id], tag.id, tagged=True)

    app.database.write(put).result(60)
    making = app.branches.duplicate(chat_id) if way == "whole" else app.branches.take_out(chat_id, last.id)
    copy = making.result(60)
    assert app.database.read(shelf.load_shelf).result(60).tags_of(copy.id) == (tag,)
    assert heard.wait_for(TagsChanged) == TagsChanged((tag,), {copy.id: ("t",)})


def long_chat(length: int) -> Conversation:
    """Return a chat of one long path, with words, thoughts, calls and receipts."""
    chance = random.Random(length)
    chat = Chat(id=new_id(), title="Long", created_at=1.0, updated_at=1.0)
    messages: list[Message] = []
    for place in range(length):
        role = Role.ASSISTANT if place % 2 else Role.USER
        message = random_message(chance, chat.id, [])
        parent = messages[-1].id if messages else None
        receipt = Receipt(model_name="A model") if place % 2 else None
        messages.append(msgspec.structs.replace(message, parent_id=parent, role=role, receipt=receipt))
    return Conversation(chat=msgspec.structs.replace(chat, leaf_id=messages[-1].id), messages=tuple(messages))


def per_transaction(statements: list[str]) -> list[int]:
    """Return how many statements each transaction has."""
    begins = [place for place, statement in enumerate(statements) if statement.startswith("BEGIN")]
    return [end - begin - 1 for begin, end in pairwise([*begins, len(statements)])]


def test_a_long_path_is_copied_in_slices(app: App) -> None:
    most: list[int] = []
    for length in (2 * SLICE_MESSAGES, 6 * SLICE_MESSAGES):
        long = long_chat(length)
        app.database.write(lambda connection, long=long: insert(connection, long)).result(60)
        statements: list[str] = []
        counting(app, statements)
        chat = app.branches.take_out(long.chat.id, long.messages[-1].id).result(60)
        counts = per_transaction(statements)
        assert len(counts) >= 2 + length / SLICE_MESSAGES, "one to begin, the slices, and one to show it"
        most.append(max(counts))
        copied = opened(app, chat.id)
        assert [(m.role, m.parts, m.receipt) for m in copied.messages] == [
            (m.role, m.parts, m.receipt) for m in long.messages
        ]
        assert [message.id for message in shown(copied)] == [message.id for message in copied.messages]
    assert max(most) <= 8, "neither how long the path is nor how many messages go at once makes one longer"


def test_what_changes_in_a_chat_while_messages_go_is_not_told_as_it_was(
    app: App, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = long_chat(4 * SLICE_MESSAGES)
    app.database.write(lambda connection: insert(connection, long)).result(60)
    write = app.database.write

    def change_in_between(action: Callable[[Connection], object], *follow: Callable[["Future[Any]"], object]) -> object:
        written = write(action, *follow)
        monkeypatch.setattr(app.database, "write", write)
        app.chats.set_model(long.chat.id, "/another.gguf")  # as a person who goes on meanwhile
        return written

    monkeypatch.setattr(app.database, "write", change_in_between)
    assert app.branches.remove(long.chat.id, long.messages[2].id).result(60)
    heard.wait_for(MessagesRemoved)
    told = heard.wait_for(ChatChanged).chat
    assert told.model_path == opened(app, long.chat.id).chat.model_path == "/another.gguf"


def test_messages_that_could_not_be_removed_stay_and_can_be_removed_again(
    open_app: Callable[..., AbstractContextManager[tuple[App, Heard]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    long = long_chat(5 * SLICE_MESSAGES)
    with open_app() as (app, _heard):
        app.database.write(lambda connection: insert(connection, long)).result(60)
        delete, slices = rows.delete_message_ids, count()

        def fails_once(connection: Connection, **which: Any) -> bool:
            if next(slices) == 2:
                raise StorageError(ErrorCode.STORAGE_DISK_FULL)
            return delete(connection, **which)

        monkeypatch.setattr(rows, "delete_message_ids", fails_once)
        with pytest.raises(StorageError):
            app.branches.remove(long.chat.id, long.messages[1].id).result(60)
        left = opened(app, long.chat.id).messages
        assert len(left) == 3 * SLICE_MESSAGES
    with open_app() as (app, _heard):
        assert opened(app, long.chat.id).messages == left  # a person may have gone on there
        assert len(app.branches.remove(long.chat.id, long.messages[1].id).result(60)) == len(left) - 1
        assert len(opened(app, long.chat.id).messages) == 1
        assert app.database.read(lambda connection: connection.exec_driver_sql("SELECT id FROM chats").all()).result(
            60
        ) == [(long.chat.id,)]


def test_emptying_the_trash_meanwhile_forgets_no_removal(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    long = long_chat(3 * SLICE_MESSAGES)
    app.database.write(lambda connection: insert(connection, long)).result(60)
    delete, message_id = rows.delete_message_ids, long.messages[0].id

    def empty_first(connection: Connection, **which: Any) -> bool:
        while shelf.empty_slice(connection, NEXT_TO_GONE):
            pass
        assert shelf.removals(connection) == [message_id]
        return delete(connection, **which)

    monkeypatch.setattr(rows, "delete_message_ids", empty_first)
    assert len(app.branches.remove(long.chat.id, message_id).result(60)) == 3 * SLICE_MESSAGES
    assert app.database.read(shelf.removals).result(60) == []


def test_a_path_that_is_being_copied_is_seen_as_a_whole_or_not_at_all(app: App, monkeypatch) -> None:
    long = long_chat(20 * SLICE_MESSAGES)  # deeper than SQLite removes by itself
    app.database.write(lambda connection: insert(connection, long)).result(60)
    write = app.database.write
    seen: list[int] = []

    def watched(action: Callable[[Connection], object], *follow: Callable[["Future[Any]"], object]) -> object:
        written = write(action, *follow)
        seen.append(len(app.chats.list_chats().result(60)))
        if len(seen) == 19:
            app.jobs.close()
        return written

    monkeypatch.setattr(app.database, "write", watched)
    with pytest.raises(CancelledError):
        app.branches.take_out(long.chat.id, long.messages[-1].id).result(60)
    assert set(seen) == {1}
    count = app.database.read(lambda connection: connection.exec_driver_sql("SELECT count(*) FROM messages").scalar())
    assert count.result(60) == len(long.messages), "what had been copied is gone again"


@pytest.mark.parametrize("number", range(KILLS))
def test_a_sudden_end_while_a_long_path_is_copied(paths: Paths, tmp_path: Path, number: int) -> None:
    """Killed after any of its transactions: the next start has the whole copy or nothing of it."""
    long = long_chat(6 * SLICE_MESSAGES)
    database = Database(paths.database)
    database.open().result(60)
    database.write(lambda connection: insert(connection, long)).result(60)
    database.close()
    driver = tmp_path / "taker.py"
    driver.write_text(TAKER)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    command = [sys.executable, str(driver), str(paths.database.parents[1]), long.chat.id, long.messages[-1].id]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for _line in range(1 + (3 * number) % 9):
            process.stdout.readline()
        process.kill()
    database = Database(paths.database)
    database.open().result(60)
    while database.write(lambda connection: empty_slice(connection, 1.0)).result(60):
        pass  # as the app does when it starts
    found = database.read(
        lambda connection: [load_conversation(connection, chat.id) for chat in list_chats(connection)]
    ).result(60)
    assert [len(each.messages) for each in found] == [len(long.messages)] * len(found)
    for table in ("messages", "search_index"):
        query = f"SELECT count(*) FROM {table}"
        count = database.read(lambda connection, query=query: connection.exec_driver_sql(query).scalar()).result(60)
        assert count == len(found) * len(long.messages), table
    assert long in found
    database.close()


def test_a_question_becomes_the_draft_of_the_new_chat(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    first, second = two_turns(app, heard, starter_model, greedy)
    chat = app.branches.take_out(first.chat_id, second.question_id).result(60)
    assert [message.role for message in opened(app, chat.id).messages] == [Role.USER, Role.ASSISTANT]
    assert chat.draft == "And an animal?"
    chat = app.branches.take_out(first.chat_id, first.question_id).result(60)
    assert (opened(app, chat.id).messages, chat.leaf_id, chat.draft) == ((), None, "Name a colour.")


def test_an_answer_of_another_model_leaves_the_chat_its_own(
    app: App, heard: Heard, starter_model: str, other: str, greedy: Sampling
) -> None:
    asked = app.chats.ask(None, "Name a colour.", model_path=starter_model, sampling=greedy)
    heard.answer(asked.answer_id)
    again = app.chats.regenerate(asked.chat_id, asked.answer_id, model_path=other, sampling=greedy, keeps_model=True)
    answer = heard.answer(again.answer_id).message
    assert answer.receipt is not None
    assert answer.receipt.model_file == Path(other).name
    assert opened(app, asked.chat_id).chat.model_path == starter_model


def test_two_models_answer_one_question_at_once(app: App, heard: Heard, starter_model: str, other: str) -> None:
    asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=LONG, also=[Writer(other, LONG)])
    begun: set[str] = set()
    while begun != set(asked.answer_ids):
        begun.add(heard.wait_for(AnswerDelta).message_id)
    assert set(app.chats.streaming_answers(asked.chat_id)) == set(asked.answer_ids), "both stream"
    assert len(app.engines.worker_pids()) == 2
    app.chats.stop_all(asked.chat_id)
    ended = {heard.wait_for(AnswerEnded).message.id for _place in asked.answer_ids}
    assert ended == set(asked.answer_ids)
    conversation = opened(app, asked.chat_id)
    answers = [message for message in conversation.messages if message.role is Role.ASSISTANT]
    assert [message.parent_id for message in answers] == [asked.question_id] * 2
    files = {message.receipt.model_file for message in answers if message.receipt is not None}
    assert files == {Path(starter_model).name, Path(other).name}
    assert conversation.chat.leaf_id == asked.answer_id
    assert not [event for event in heard.all if isinstance(event, AnswerWaits)]


def test_where_both_do_not_fit_they_answer_one_after_the_other(
    app: App, heard: Heard, starter_model: str, other: str, greedy: Sampling
) -> None:
    app.engines._available_memory = lambda: 1
    asked = app.chats.ask(
        None, "Name a colour.", model_path=starter_model, sampling=greedy, also=[Writer(other, greedy)]
    )
    first = heard.answer(asked.answer_id).message
    second = heard.answer(asked.others[0]).message
    assert (first.status, second.status) == (MessageStatus.COMPLETE, MessageStatus.COMPLETE)
    assert [event.message_id for event in heard.all if isinstance(event, AnswerWaits)] == list(asked.others)
    order = [event.message_id for event in heard.all if isinstance(event, AnswerDelta)]
    assert order == sorted(order, key=asked.answer_ids.index), "the second begins when the first has ended"
    assert len(app.engines.worker_pids()) == 1, "the first made room for the second"


def test_an_answer_that_waits_for_memory_can_be_stopped(app: App, heard: Heard, starter_model: str, other: str) -> None:
    app.engines._available_memory = lambda: 1
    asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=LONG, also=[Writer(other, LONG)])
    heard.wait_for(AnswerDelta)
    app.chats.stop(asked.others[0])
    waited = heard.answer(asked.others[0]).message
    assert (waited.status, waited.parts) == (MessageStatus.STOPPED, ())
    app.chats.stop(asked.answer_id)
    heard.answer(asked.answer_id)
    free: list[SimpleNamespace] = []
    app.engines.when_free(lambda: free.append(SimpleNamespace()))
    assert free
    assert not [e for e in heard.all if isinstance(e, AnswerDelta) and e.message_id == asked.others[0]]


def test_a_sudden_end_leaves_whole_chats_and_every_answer(
    paths: Paths,
    open_app: Callable[..., AbstractContextManager[tuple[App, Heard]]],
    starter_model: str,
    other: str,
    tmp_path: Path,
) -> None:
    """Killed while one model writes, one waits for memory, and chats are being made of branches."""
    driver = tmp_path / "driver.py"
    driver.write_text(DRIVER)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    command = [sys.executable, str(driver), str(paths.database.parents[1]), starter_model, other]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        chat_id, edited, *copies = process.stdout.readline().split()
        process.kill()
    with open_app() as (app, _heard):
        conversation = opened(app, chat_id)
        answers = [message for message in conversation.messages if message.role is Role.ASSISTANT]
        assert [message.status for message in answers] == [MessageStatus.INTERRUPTED] * 2 + [MessageStatus.COMPLETE]
        assert (answers[-1].id, answers[-1].text) == (edited, "Mine.")
        assert conversation.chat.leaf_id == edited
        chats = {chat.id for chat in app.chats.list_chats().result(60)}
        assert chats >= {chat_id, *copies}
        for copy in chats - {chat_id}:
            assert [message.role for message in opened(app, copy).messages] == [Role.USER, Role.ASSISTANT]


def test_a_model_that_is_gone_takes_nothing_from_the_other(
    app: App, heard: Heard, starter_model: str, other: str, greedy: Sampling
) -> None:
    """The file of the second is gone: its answer fails in its place, the question and the first answer stay."""
    Path(other).unlink()
    asked = app.chats.ask(
        None, "Name a colour.", model_path=starter_model, sampling=greedy, also=[Writer(other, greedy)]
    )
    ended = {message.id: message for message in (heard.wait_for(AnswerEnded).message for _place in asked.answer_ids)}
    assert ended[asked.answer_id].status is MessageStatus.COMPLETE
    assert ended[asked.others[0]].status is MessageStatus.FAILED
    assert [event.message.role for event in heard.all if isinstance(event, MessageAdded)] == [
        Role.USER, Role.ASSISTANT, Role.ASSISTANT,
    ]  # fmt: skip
    conversation = opened(app, asked.chat_id)
    assert len(conversation.messages) == 3
    assert [message.model_path for message in conversation.messages] == [None, None, other], "who was asked is kept"


def recorded(app: App, message_id: str) -> Traces:
    """Return how the tokens of an answer were chosen."""
    traces = app.database.read(lambda connection: load_traces(connection, message_id)).result(60)
    assert traces is not None
    return traces


def counting(app: App, statements: list[str]) -> None:
    """Note every statement of the database's writer."""
    from sqlalchemy import event

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    app.database.write(lambda connection: event.listen(connection.engine, "before_cursor_execute", note)).result(60)
