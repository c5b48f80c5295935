"""Where chats are kept: every change is told, and can be undone; the trash empties by itself and for good."""

import queue
import threading
from collections.abc import Iterator

import msgspec
import pytest

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.shelf import NO_SHELF, NO_START, FolderStart, Tag
from desktop_app.services.chats.ordering import Ordering
from desktop_app.services.events import AnswerDelta, ChatsChanged, FoldersChanged, Problem, TagsChanged
from desktop_app.storage import chats as rows
from tests.services.conftest import Heard

DAY = 86_400.0
NOW = 1e9


@pytest.fixture
def services(open_app) -> Iterator[tuple[App, Heard]]:
    with open_app() as running:
        yield running


def store(app: App, *chats: Chat) -> list[str]:
    app.database.write(lambda connection: [rows.insert_chat(connection, chat) for chat in chats]).result(60)
    return [chat.id for chat in chats]


def made(count: int, **changes: object) -> list[Chat]:
    return [Chat(id=new_id(), created_at=NOW, updated_at=NOW, **changes) for _ in range(count)]


def listed(app: App) -> dict[str, Chat]:
    return {chat.id: chat for chat in app.chats.list_chats().result(60)}


def undo(app: App, heard: Heard, done, kind=ChatsChanged) -> None:
    done.result(60)()
    heard.wait_for(kind)


def test_several_are_moved_pinned_archived_and_brought_back(services) -> None:
    app, heard = services
    ids = store(app, *made(2, pinned=True), *made(1))
    folder = app.ordering.save_folder("Work").result(60)
    assert heard.wait_for(FoldersChanged).folders == (folder,)
    moved = app.ordering.move(ids, folder.id)
    assert {chat.id for chat in heard.wait_for(ChatsChanged).chats} == set(ids)
    assert [(chat.folder_id, chat.pinned) for chat in listed(app).values()] == [(folder.id, False)] * 3
    undo(app, heard, moved)
    assert [listed(app)[chat_id].pinned for chat_id in ids] == [True, True, False]
    archived = app.ordering.archive(ids[:1], True)
    assert heard.wait_for(ChatsChanged).chats[0].archived_at is not None
    undo(app, heard, archived)
    undo(app, heard, app.ordering.pin(ids, True))
    heard.wait_for(ChatsChanged, lambda event: not event.chats[0].pinned or len(event.chats) == 3)
    assert [listed(app)[chat_id].pinned for chat_id in ids] == [True, True, False]
    assert listed(app)[ids[0]].archived_at is None


def test_a_folder_comes_back_with_all_that_was_in_it(services) -> None:
    app, heard = services
    work = app.ordering.save_folder("Work").result(60)
    notes = app.ordering.save_folder("Notes", parent_id=work.id).result(60)
    outer, inner = store(app, *made(1, folder_id=work.id), *made(1, folder_id=notes.id))
    removed = app.ordering.remove_folder(work)
    told = heard.wait_for(FoldersChanged, lambda event: work not in event.folders)
    assert told.folders[0].parent_id is None
    assert [(chat.id, chat.folder_id) for chat in told.chats] == [(outer, None)]
    undo(app, heard, removed, FoldersChanged)
    assert app.ordering.shelf().result(60).folders == (notes, work)
    assert (listed(app)[outer].folder_id, listed(app)[inner].folder_id) == (work.id, notes.id)
    renamed = app.ordering.save_folder("Meetings", folder=notes).result(60)
    assert (renamed.id, renamed.parent_id) == (notes.id, work.id)


def test_what_chats_of_a_folder_begin_with_is_undone_alone(services) -> None:
    app, heard = services
    work = app.ordering.save_folder("Work").result(60)
    (chat_id,) = store(app, *made(1, folder_id=work.id))
    start = FolderStart(system_prompt="You work.", persona="own/clerk.md")
    changed = app.ordering.begin_with(work.id, start)
    told = heard.wait_for(FoldersChanged, lambda event: event.folders[0].start == start)
    assert told.chats == ()
    assert listed(app)[chat_id].system_prompt == ""
    assert app.ordering.save_folder("Office", folder=work).result(60).start == start  # a window that knew it before
    undo(app, heard, changed, FoldersChanged)
    (folder,) = app.ordering.shelf().result(60).folders
    assert (folder.name, folder.start) == ("Office", NO_START)
    changed = app.ordering.begin_with(work.id, FolderStart(persona="own/clerk.md"))
    app.ordering.begin_with(work.id, start).result(60)  # in another window
    undo(app, heard, changed, FoldersChanged)
    (folder,) = app.ordering.shelf().result(60).folders
    assert folder.start == FolderStart(system_prompt="You work.")


def test_a_folder_comes_back_with_what_its_chats_begin_with(services) -> None:
    app, heard = services
    work = app.ordering.save_folder("Work").result(60)
    start = FolderStart(system_prompt="You work.")
    changed = app.ordering.begin_with(work.id, start)
    changed.result(60)
    removed = app.ordering.remove_folder(work)  # as it was known before
    heard.wait_for(FoldersChanged, lambda event: not event.folders)
    changed.result(60)()  # there is nothing to undo it in
    assert app.ordering.begin_with(work.id, start).result(60)() is None
    undo(app, heard, removed, FoldersChanged)
    heard.wait_for(FoldersChanged, lambda event: bool(event.folders))
    assert app.ordering.shelf().result(60).folders == (msgspec.structs.replace(work, start=start),)


def test_a_folder_comes_back_around_no_folder_that_holds_others_by_now(services) -> None:
    app, heard = services
    work = app.ordering.save_folder("Work").result(60)
    letters = app.ordering.save_folder("Letters", parent_id=work.id).result(60)
    removed = app.ordering.remove_folder(work)
    removed.result(60)
    old = app.ordering.save_folder("Old", parent_id=letters.id).result(60)
    undo(app, heard, removed, FoldersChanged)
    places = {folder.id: folder.parent_id for folder in app.ordering.shelf().result(60).folders}
    assert places == {work.id: None, letters.id: None, old.id: letters.id}  # one in another, and no deeper


def test_a_folder_comes_back_around_what_became_of_those_in_it(services) -> None:
    app, heard = services
    work = app.ordering.save_folder("Work").result(60)
    notes, letters = (app.ordering.save_folder(name, parent_id=work.id).result(60) for name in ("Notes", "Letters"))
    removed = app.ordering.remove_folder(work)
    removed.result(60)
    start = FolderStart(system_prompt="You take notes.")
    app.ordering.save_folder("Minutes", folder=notes).result(60)
    app.ordering.begin_with(notes.id, start).result(60)
    app.ordering.remove_folder(letters).result(60)
    undo(app, heard, removed, FoldersChanged)
    app.database.write(lambda _connection: None).result(60)
    assert app.ordering.shelf().result(60).folders == (
        msgspec.structs.replace(notes, name="Minutes", start=start),
        work,
    )


def test_no_folder_comes_back_around_two_levels(services) -> None:
    app, heard = services
    work = app.ordering.save_folder("Work").result(60)
    notes, letters = (app.ordering.save_folder(name, parent_id=work.id).result(60) for name in ("Notes", "Letters"))
    removed = app.ordering.remove_folder(work)
    removed.result(60)
    deep = app.ordering.save_folder("Deep", parent_id=notes.id).result(60)
    undo(app, heard, removed, FoldersChanged)
    app.database.write(lambda _connection: None).result(60)
    at_top = msgspec.structs.replace(notes, parent_id=None)
    assert app.ordering.shelf().result(60).folders == (deep, letters, at_top, work)


def test_a_folder_comes_back_beside_the_one_around_it_where_that_is_in_one_by_now(services) -> None:
    app, heard = services
    work = app.ordering.save_folder("Work").result(60)
    notes = app.ordering.save_folder("Notes", parent_id=work.id).result(60)
    outer_removed = app.ordering.remove_folder(work)
    outer_removed.result(60)
    deep = app.ordering.save_folder("Deep", parent_id=notes.id).result(60)
    removed = app.ordering.remove_folder(deep)
    removed.result(60)
    undo(app, heard, outer_removed, FoldersChanged)
    undo(app, heard, removed, FoldersChanged)
    app.database.write(lambda _connection: None).result(60)
    beside = msgspec.structs.replace(deep, parent_id=work.id)
    assert app.ordering.shelf().result(60).folders == (beside, notes, work)
    made = app.ordering.save_folder("Deeper", parent_id=notes.id).result(60)  # in a window that has not heard of it
    assert made.parent_id == work.id
    lost = app.ordering.save_folder("Lost", parent_id="gone").result(60)
    assert lost.parent_id is None


def test_what_was_done_first_is_undone_alone(services) -> None:
    """As in two windows, each of which offers the undo of what was done in it."""
    app, heard = services
    (chat_id,) = store(app, *made(1))
    folder = app.ordering.save_folder("Old").result(60)
    moved = app.ordering.move([chat_id], folder.id)
    pinned = app.ordering.pin([chat_id], True)
    app.ordering.archive([chat_id], True).result(60)
    undo(app, heard, pinned)
    undo(app, heard, moved)
    app.database.write(lambda _connection: None).result(60)
    chat = listed(app)[chat_id]
    assert (chat.pinned, chat.folder_id, chat.archived_at is not None) == (False, None, True)
    app.ordering.move([chat_id], folder.id).result(60)
    gone = app.ordering.remove_folder(folder)
    app.ordering.delete([chat_id]).result(60)
    undo(app, heard, gone, FoldersChanged)
    app.database.write(lambda _connection: None).result(60)
    (chat,) = app.ordering.trash().result(60)
    assert (chat.id, chat.folder_id) == (chat_id, folder.id), "it stays in the trash, and belongs to the folder again"


def test_tags_tell_which_chats_have_others(services) -> None:
    app, heard = services
    ids = store(app, *made(3))
    tag = app.ordering.make_tag("later", ids[:1]).result(60)
    assert heard.wait_for(TagsChanged).tagged == {ids[0]: (tag.id,)}
    given = app.ordering.tag(ids, tag, True)
    assert set(heard.wait_for(TagsChanged).tagged) == set(ids[1:])
    undo(app, heard, given, TagsChanged)
    assert app.ordering.shelf().result(60).tagged == {ids[0]: (tag.id,)}
    for changes in ({"name": "soon"}, {"color": "warn"}):  # as a dialog tells them one by one
        app.ordering.change_tag(tag.id, changes).result(60)
    changed = Tag(id=tag.id, name="soon", color="warn")
    assert app.ordering.shelf().result(60).tags == (changed,)
    removed = app.ordering.remove_tag(changed)
    assert heard.wait_for(TagsChanged, lambda event: event.tags == ()).tagged == {ids[0]: ()}
    undo(app, heard, removed, TagsChanged)
    shelf = app.ordering.shelf().result(60)
    assert (shelf.tags, shelf.tagged) == ((changed,), {ids[0]: (tag.id,)})


def test_what_another_window_removed_stays_away(services) -> None:
    app, heard = services
    ids = store(app, *made(2))
    tag, folder = app.ordering.make_tag("later").result(60), app.ordering.save_folder("Work").result(60)
    tagged, untagged = app.ordering.tag(ids, tag, True).result(60), app.ordering.tag(ids[:1], tag, False).result(60)
    removed, again = (app.ordering.remove_tag(tag).result(60) for _window in range(2))
    app.ordering.remove_folder(folder).result(60)
    app.ordering.change_tag(tag.id, {"color": "warn"}).result(60)
    app.ordering.tag(ids, tag, True).result(60)
    app.ordering.save_folder("Play", folder=folder).result(60)
    for step in (again, untagged, tagged):
        step()
    assert app.ordering.shelf().result(60) == NO_SHELF
    assert not any(isinstance(event, Problem) for event in heard.all)
    removed()
    assert app.ordering.shelf().result(60).tagged == {ids[1]: (tag.id,)}


def test_the_trash_gives_back_or_is_emptied(services) -> None:
    app, heard = services
    ids = store(app, *made(3))
    deleted = app.ordering.delete(ids)
    deleted.result(60)
    assert listed(app) == {}
    assert {chat.id for chat in app.ordering.trash().result(60)} == set(ids)
    undo(app, heard, app.ordering.restore(ids[:1]))
    app.ordering.restore(ids[:1]).result(60)
    assert set(listed(app)) == {ids[0]}
    app.ordering.remove(ids[1:]).result(60)
    assert heard.wait_for(ChatsChanged, lambda event: event.removed).removed == tuple(ids[1:])
    assert app.ordering.trash().result(60) == []
    deleted.result(60)()  # what has gone for good does not come back
    wait_until_gone(app, ids[1:])
    assert set(listed(app)) == {ids[0]}


def test_who_goes_on_with_a_chat_of_the_trash_brings_it_back(services, starter_model: str, greedy: Sampling) -> None:
    app, heard = services
    asked = app.chats.ask(None, "Name a colour.", model_path=starter_model, sampling=greedy)
    chat_id, answer_id = asked.chat_id, asked.answer_id
    heard.answer(answer_id)
    wishes = (  # by a notification, or the small window, which still know of it
        lambda: app.chats.ask(chat_id, "And a tree.", model_path=starter_model, sampling=greedy),
        lambda: app.chats.edit(chat_id, asked.question_id, "A tree.", model_path=starter_model, sampling=greedy),
        lambda: app.chats.regenerate(chat_id, answer_id, model_path=starter_model, sampling=greedy),
    )
    for wish in wishes:
        app.ordering.delete([chat_id]).result(60)
        heard.answer(wish().answer_id)
        assert set(listed(app)) == {chat_id}
    app.ordering.delete([chat_id]).result(60)
    app.branches.reword(chat_id, answer_id, "Green.").result(60)
    assert set(listed(app)) == {chat_id}


def test_no_question_that_waits_is_asked_in_the_trash(services, starter_model: str, greedy: Sampling) -> None:
    app, heard = services
    asked = app.chats.ask(None, "Name a colour.", model_path=starter_model, sampling=greedy)
    heard.answer(asked.answer_id)
    app.ordering.delete([asked.chat_id]).result(60)
    app.unsent.add(asked.chat_id, "And a tree.").result(60)  # typed in another window just before
    app.unsent.send_next(asked.chat_id)
    app.database.read(lambda _connection: None).result(60)
    app.database.write(lambda _connection: None).result(60)
    conversation = app.chats.open_chat(asked.chat_id).result(60)
    assert len(conversation.messages) == 2
    assert [question.text for question in conversation.unsent.queue] == ["And a tree."]


def test_what_was_restored_meanwhile_is_not_removed_with_the_rest_of_the_trash(services) -> None:
    app, heard = services
    ids = store(app, *made(3))
    app.ordering.delete(ids).result(60)
    seen = [chat.id for chat in app.ordering.trash().result(60)]  # as one window asks whether to empty it
    app.ordering.restore([ids[1]]).result(60)  # and another one gives one back
    assert set(app.ordering.remove(seen).result(60)) == {ids[0], ids[2]}
    assert set(heard.wait_for(ChatsChanged, lambda event: event.removed).removed) == {ids[0], ids[2]}
    wait_until_gone(app, [ids[0], ids[2]])
    assert set(listed(app)) == {ids[1]}


def wait_until_gone(app: App, ids: list[str]) -> None:
    """Ask the writer again and again: what empties the trash is queued between."""
    for _ in range(1000):
        left = app.database.write(
            lambda connection: connection.exec_driver_sql("SELECT count(*) FROM chats WHERE deleted_at = 0.0").scalar()
        ).result(60)
        if not left:
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"{ids} were not removed")


def test_at_the_start_what_is_old_goes_in_slices(services) -> None:
    app, _heard = services
    old, young = store(app, *made(1, deleted_at=NOW - 31 * DAY), *made(1, deleted_at=NOW - 29 * DAY))

    def insert(connection) -> None:
        for number in range(200):
            message = Message(id=new_id(), chat_id=old, parent_id=None, role=Role.USER, parts=(TextPart(f"w{number}"),),
                              status=MessageStatus.COMPLETE, created_at=NOW)  # fmt: skip
            rows.insert_message(connection, message)

    app.database.write(insert).result(60)
    days = app.settings.value.history.trash_days
    assert days == 30
    emptied = threading.Event()
    slices: list[bool] = []
    ordering = Ordering(
        database=app.database,
        chats=app.chats,
        engines=app.engines,
        events=app.events,
        pool=app.pool,
        trash_days=lambda: days,
        clock=lambda: NOW,
    )

    def note(goes_on: bool) -> bool:
        slices.append(goes_on)
        if not goes_on:
            emptied.set()
        return goes_on

    ordering._emptying._goes_on = note
    ordering.begin_emptying()
    assert emptied.wait(60)
    ordering.close()
    assert slices == [True] * 6 + [False], "64 messages at a time, then their words, then the chat, then nothing"
    assert [chat.id for chat in ordering.trash().result(60)] == [young]


def test_what_streams_is_stopped_before_it_goes(services, starter_model: str) -> None:
    app, heard = services
    endless = Sampling(max_tokens=2000, min_p=0.0, temperature=2.0, seed=1)
    asked = app.chats.ask(None, "Tell me a long story", model_path=starter_model, sampling=endless)
    heard.wait_for(AnswerDelta)
    app.ordering.delete([asked.chat_id]).result(60)
    app.ordering.remove([asked.chat_id]).result(60)
    assert heard.answer(asked.answer_id).message.status is MessageStatus.STOPPED
    wait_until_gone(app, [asked.chat_id])


def test_a_chat_goes_though_its_last_word_was_not_stored_yet(
    services, starter_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, heard = services
    monkeypatch.setattr(app.engines, "when_free", lambda call: call())  # at once, while the answer still streams
    monkeypatch.setattr(app.chats, "stop_all", lambda _chat_id: None)  # and goes on for a while
    endless = Sampling(max_tokens=2000, min_p=0.0, temperature=2.0, seed=1)
    asked = app.chats.ask(None, "Tell me a long story", model_path=starter_model, sampling=endless)
    heard.wait_for(AnswerDelta)
    emptied: queue.Queue[bool] = queue.Queue()
    monkeypatch.setattr(app.ordering._emptying, "_goes_on", lambda goes_on: (emptied.put(goes_on), goes_on)[1])
    app.ordering.delete([asked.chat_id]).result(60)
    app.ordering.remove([asked.chat_id]).result(60)
    assert not emptied.get(timeout=60), "what is still written holds it"
    app.chats.stop(asked.answer_id)
    heard.answer(asked.answer_id)
    wait_until_gone(app, [asked.chat_id])
