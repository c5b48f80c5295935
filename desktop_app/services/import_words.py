"""What came of an import, in words."""

from desktop_app.services.chat_imports import Imported
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _, ngettext


def imported_words(outcome: Imported) -> str:
    """Return what came of an import, in whole sentences."""
    sentences: list[str] = []
    if outcome.new:
        words = ngettext("{count} chat was imported.", "{count} chats were imported.", outcome.new)
        sentences.append(words.format(count=outcome.new))
    if outcome.completed:
        words = ngettext(
            "{count} chat that was there got what it lacked.",
            "{count} chats that were there got what they lacked.",
            outcome.completed,
        )
        sentences.append(words.format(count=outcome.completed))
    if outcome.there:
        words = ngettext(
            "{count} chat was there already and stays as it is.",
            "{count} chats were there already and stay as they are.",
            outcome.there,
        )
        sentences.append(words.format(count=outcome.there))
    return paragraph(sentences) or _("There is no chat in this file.")
