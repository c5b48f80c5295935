"""Where a chat is opened at: a message that was found, with what was looked for marked in it."""

import msgspec

from desktop_app.domain.messages import Message
from desktop_app.domain.search_query import Finder, SearchQuery
from desktop_app.gui.chat.markdown.source_map import Stretch
from desktop_app.gui.chat.marks.marking import FOUND
from desktop_app.gui.chat.view import ChatView


class Target(msgspec.Struct, frozen=True):
    """A message, and the query that has found it."""

    chat_id: str
    message_id: str
    query: SearchQuery


def show_target(view: ChatView, message: Message, query: SearchQuery) -> None:
    """Mark what was found in a message that is shown, and go to the first place; to the message where it has none."""
    finder = Finder(query)
    marks = {
        (message.id, in_thought): [Stretch(begin, end, FOUND) for begin, end in finder.spans(text)]
        for in_thought, text in ((False, message.text), (True, message.thought))
    }
    view.set_marks(lambda message_id, in_thought: marks.get((message_id, in_thought), ()))
    in_thought = not marks[message.id, False] and bool(marks[message.id, True])
    first = marks[message.id, in_thought][:1]
    view.sights.reveal(message.id, first[0].begin if first else 0, in_thought=in_thought)
