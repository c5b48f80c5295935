"""Which answers of a chat can be compared, and what they are called. Free of Qt."""

from typing import NamedTuple

from desktop_app.domain.messages import Message, MessageStatus
from desktop_app.gui.conversation.conversation import OpenConversation
from desktop_app.support.i18n import _

NEW = "new"
"""The key of an answer that is not kept yet."""
LONGEST_QUESTION = 48
"""Characters of a question that name its answers."""


class Candidate(NamedTuple):
    """An answer that can be compared: its key, what it is called here, and the message."""

    key: str
    title: str
    message: Message


def candidates_of(conversation: OpenConversation, answer_id: str, *others: str) -> list[Candidate]:
    """Return the answers of a chat that have ended, those to the question of `answer_id` first.

    Those without a word are left out, unless it is one of them or of the `others`.
    """
    asked = conversation.message(answer_id)
    parent = asked.parent_id if asked is not None else None
    answers = [
        answer
        for answer in conversation.answers
        if answer.status is not MessageStatus.STREAMING
        and (answer.written or answer.thought or answer.id in (answer_id, *others))
    ]
    answers.sort(key=lambda answer: answer.parent_id != parent)
    return [
        Candidate(answer.id, _title(conversation, answer, answer.parent_id == parent), answer) for answer in answers
    ]


def _title(conversation: OpenConversation, answer: Message, is_near: bool) -> str:
    index, count = conversation.place(answer.id)
    if is_near:
        return _("Answer {number} of {count}").format(number=index + 1, count=count)
    question = conversation.question_of(answer.id)
    words = " ".join(question.text.split()) if question is not None else ""
    short = words if len(words) <= LONGEST_QUESTION else f"{words[: LONGEST_QUESTION - 1]}…"
    return _("Answer {number} of {count} to “{question}”").format(number=index + 1, count=count, question=short)
