"""What the composer says of itself: what is edited, which keys do what, and what the question costs. Free of Qt."""

from collections.abc import Callable
from typing import NamedTuple

from desktop_app.domain.parts import FilePart
from desktop_app.settings.schema import SendKey
from desktop_app.support.formats import number, paragraph
from desktop_app.support.i18n import _, ngettext


class Editing(NamedTuple):
    """Which message is edited, if any; the question or answer that it is, and what was typed before and comes back."""

    message_id: str | None
    is_queued: bool
    is_answer: bool
    draft: str
    files: tuple[FilePart, ...]


_SENDING = {SendKey.SHIFT_ENTER: "Shift+Enter", SendKey.CTRL_ENTER: "Ctrl+Enter"}
NO_EDITING = Editing(None, False, False, "", ())


def editing_words(editing: Editing) -> tuple[str, str]:
    """Say what is edited and what sending it does, then only the former."""
    if editing.is_queued:
        return _("Editing a question that comes next"), _("Editing a question")
    if editing.is_answer:
        return _("Editing an answer. Sending it keeps your words beside the model's."), _("Editing an answer")
    return _("Editing a question. Sending it starts a new branch."), _("Editing a question")


def streaming_words(*, is_quick: bool) -> str:
    """Say what Escape does while an answer streams."""
    return _("Esc hides the window, the answer goes on") if is_quick else _("Esc stops the answer")


def key_words(key: SendKey, written: Callable[[str], str]) -> str:
    """Say which keys send, and which start a new line; `written` says what keys are called here."""
    if key is SendKey.ENTER:
        return _("Enter sends, Shift+Enter starts a new line")
    return _("{keys} sends, Enter starts a new line").format(keys=written(_SENDING[key]))


def short_key_words(key: SendKey, written: Callable[[str], str]) -> str:
    """Say only which keys send."""
    return _("Enter sends") if key is SendKey.ENTER else _("{keys} sends").format(keys=written(_SENDING[key]))


def count_words(count: int | None, context: tuple[int, int] | None, *, is_wide: bool) -> tuple[str, str]:
    """Say how many tokens a question has, and how full the context (used, size) will be with it, where it `is_wide`.

    Returns that and a sentence about it, both empty where there is nothing to say.
    """
    if count is None:
        return "", ""
    words = ngettext("{count} token", "{count} tokens", count).format(count=number(count))
    if context is None:
        return words, ""
    used, size = context
    percent = f"{100 * (used + count) / size:,.0f}"
    if is_wide and percent != "0":
        words = _("{tokens} · {percent} % full").format(tokens=words, percent=percent)
    tip = _("With this question, {used} of the {size} tokens of the context are in use.")
    said = tip.format(used=number(used + count), size=number(size))
    if count > size:
        said = paragraph([said, _("The question alone is longer than that. Shorten it.")])
    return words, said


def count_color(count: int | None, context: tuple[int, int] | None) -> str:
    """Return the colour of those words: another one where not all fits into the context, or not even the question."""
    if count is None or context is None:
        return "muted"
    used, size = context
    return "bad" if count > size else "warn" if used + count > size else "muted"
