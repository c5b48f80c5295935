"""Which answers are being written, and how long each took."""

from PySide6.QtCore import QObject

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.gui.desktop.running_answers import RunningAnswers
from desktop_app.services.events import AnswerEnded, MessageAdded, QuestionReturned


class Told:
    """Answers that are followed by a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.parent = QObject()
        self.answers = RunningAnswers(self.parent, lambda: self.now)
        self.changed: list[bool] = []
        self.ended: list[tuple[str, float]] = []
        self.answers.changed.connect(self.changed.append)
        self.answers.ended.connect(lambda message, seconds: self.ended.append((message.id, seconds)))


def answer(name: str, status: MessageStatus = MessageStatus.STREAMING, role: Role = Role.ASSISTANT) -> Message:
    return Message(id=name, chat_id="c", parent_id=None, role=role, parts=(), status=status, created_at=0.0)


def test_the_first_and_the_last_are_told(qapp: object) -> None:
    told = Told()
    told.answers.hear(MessageAdded(answer("q", MessageStatus.COMPLETE, Role.USER)))
    assert told.changed == []
    for name in "ab":
        told.answers.hear(MessageAdded(answer(name)))
        told.now += 4.0
    assert told.changed == [True]
    for name in "ab":
        told.answers.hear(AnswerEnded(answer(name, MessageStatus.COMPLETE)))
    assert told.changed == [True, False]
    assert told.ended == [("a", 8.0), ("b", 4.0)]
    assert not told.answers.begun


def test_a_question_that_came_back_is_no_answer(qapp: object) -> None:
    told = Told()
    told.answers.hear(MessageAdded(answer("a")))
    told.answers.hear(QuestionReturned("c", "text", ("q", "a"), ErrorInfo(ErrorCode.CONTEXT_FULL)))
    assert told.changed == [True, False]
    assert told.ended == []


def test_one_that_was_not_heard_to_begin_took_no_time(qapp: object) -> None:
    told = Told()
    told.answers.hear(AnswerEnded(answer("a", MessageStatus.COMPLETE)))
    assert told.ended == [("a", 0.0)]
    assert told.changed == []
