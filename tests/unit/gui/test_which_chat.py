"""Which chat a window shows, from its start to the next chat, without Qt."""

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.shelf import TEMPORARY
from desktop_app.gui.conversation.which_chat import WhichChat


def stored(chat_id: str, *, is_temporary: bool = False) -> Conversation:
    deleted_at = TEMPORARY if is_temporary else None
    return Conversation(chat=Chat(id=chat_id, created_at=0.0, updated_at=0.0, deleted_at=deleted_at), messages=())


def test_a_new_one_is_begun_and_stored() -> None:
    which = WhichChat(None)
    assert (which.id, which.current_id, which.is_new) == (None, None, True)
    which.begin("new")
    assert (which.id, which.current_id, which.begun_here, which.is_new) == ("new", "new", "new", False)
    assert not which.begin_stored(stored("other").chat)
    assert which.begin_stored(stored("new").chat)
    assert which.at("new") is which.open
    assert which.at("other") is None


def test_what_is_typed_while_another_is_read_is_for_one_to_come_but_not_at_the_start() -> None:
    which = WhichChat(None)
    which.read("first")
    assert not which.is_new  # it is typed for the chat that is shown first
    which.typed_early = False
    which.read("second")
    assert (which.id, which.current_id, which.is_new) == ("second", None, True)
    which.take_over(stored("second"))
    assert (which.current_id, which.is_new) == ("second", False)


def test_one_that_is_read_is_not_taken_for_the_one_that_was_begun() -> None:
    which = WhichChat(None)
    which.begin("new")
    which.read("other")
    assert which.begun_here is None
    assert not which.begin_stored(stored("new").chat)


def test_the_open_one_is_kept_where_it_is_read_again() -> None:
    which = WhichChat(stored("chat"))
    opened = which.open
    assert which.take_over(stored("chat")) is opened
    assert which.take_over(stored("other")) is not opened
    assert which.id == "other"


def test_nothing_is_kept_of_a_temporary_one() -> None:
    which = WhichChat(None)
    assert (which.is_temporary, which.is_new_and_kept) == (False, True)
    which.begins_temporary = True
    assert (which.is_temporary, which.is_new, which.is_new_and_kept) == (True, True, False)
    which.take_over(stored("chat"))
    assert not which.is_temporary
    which.take_over(stored("other", is_temporary=True))
    assert which.is_temporary
