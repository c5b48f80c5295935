"""What screen readers say when something happens elsewhere than where the keyboard is."""

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from desktop_app.domain.messages import Message, MessageStatus
from desktop_app.support.i18n import _

MOST_OF_QUESTION = 200
"""Characters of a question that are said."""


def announce(widget: QWidget, words: str, *, urgent: bool = False) -> None:
    """Have `words` said: when the reader has come to an end, or at once where they are `urgent`.

    Costs nothing where no assistive technology listens.
    """
    if words and QAccessible.isActive():
        event = QAccessibleAnnouncementEvent(widget, words)
        politeness = QAccessible.AnnouncementPoliteness
        event.setPoliteness(politeness.Assertive if urgent else politeness.Polite)
        QAccessible.updateAccessibility(event)


def announce_question(widget: QWidget, question: str) -> None:
    """Have the beginning of a question said."""
    announce(widget, question[:MOST_OF_QUESTION])


def announce_end(widget: QWidget, answer: Message, failure: tuple[str, str] | None) -> None:
    """Say how an answer ended; `failure` is what went wrong, and what can be done about it."""
    match answer.status:
        case MessageStatus.COMPLETE:
            announce(widget, _("The answer is complete."))
        case MessageStatus.STOPPED:
            announce(widget, _("The answer was stopped."))
        case MessageStatus.FAILED | MessageStatus.INTERRUPTED:
            announce(widget, " ".join(failure) if failure else _("The answer failed."), urgent=True)
        case MessageStatus.STREAMING:
            pass
