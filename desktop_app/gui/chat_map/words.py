"""What the map says of itself and of its chats, in whole sentences."""

from PySide6.QtCore import QDateTime, QLocale

from desktop_app.domain.chat_topics import ChatTopic
from desktop_app.services.chats.chat_map import ChatMap
from desktop_app.support.formats import decimal, number, paragraph
from desktop_app.support.i18n import _, ngettext

LEAST_CHATS = 3
"""With fewer there is nothing to compare."""


def title_of(topic: ChatTopic) -> str:
    """Return the title that a person sees."""
    return topic.title or _("New chat")


def date_of(topic: ChatTopic) -> str:
    """Return the day of the last change as people say it."""
    day = QDateTime.fromSecsSinceEpoch(int(topic.updated_at)).date()
    return QLocale().toString(day, QLocale.FormatType.LongFormat)


def told(topic: ChatTopic) -> str:
    """Return what a screen reader says of a chat."""
    return "\n".join(part for part in (title_of(topic), date_of(topic), topic.first) if part)


def about(shown: ChatMap, model: str) -> str:
    """Return how the map came about, and how far it can be trusted."""
    sentences = [
        _("Similar chats are near each other, as judged by {model} from their titles and questions.").format(
            model=model
        )
    ]
    if shown.share > 0:
        sentences.append(
            _("The two directions of this map show {percent} % of what tells the chats apart.").format(
                percent=decimal(100 * shown.share, 0)
            )
        )
    sentences.append(_("A small model has only a rough sense of what a text means."))
    if shown.left_out:
        sentences.append(
            ngettext(
                "{count} chat is left out: it has no words, or the model makes nothing of them.",
                "{count} chats are left out: they have no words, or the model makes nothing of them.",
                shown.left_out,
            ).format(count=shown.left_out)
        )
    if shown.damaged:
        sentences.append(
            ngettext(
                "{count} chat has a damaged question, which is left out.",
                "{count} chats have a damaged question, which is left out.",
                shown.damaged,
            ).format(count=number(shown.damaged))
        )
    return paragraph(sentences)


def status(shown: ChatMap, *, is_stopped: bool) -> str:
    """Return how far the map has come, or how to use it."""
    count = {"done": number(shown.done), "total": number(shown.total)}
    if is_stopped:
        return _("Stopped after {done} of {total} chats.").format(**count)
    if not shown.is_drawn:
        return _("Looking at chats: {done} of {total}").format(**count) if shown.total else _("Looking for chats…")
    return _("Arrow keys go from chat to chat, Enter opens one. The wheel zooms.")
