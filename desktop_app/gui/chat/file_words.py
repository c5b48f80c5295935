"""What is said about an attached file: its size, its tokens, and what was lost in reading it."""

from desktop_app.domain.parts import FilePart
from desktop_app.domain.sizes import readable_size
from desktop_app.support.formats import number
from desktop_app.support.i18n import _, ngettext


def token_words(count: int) -> str:
    """Return a number of tokens."""
    return ngettext("{count} token", "{count} tokens", count).format(count=number(count))


def file_words(file: FilePart) -> str:
    """Return the size of a file, and its tokens where they are known."""
    size = readable_size(file.size)
    return _("{size} · {tokens}").format(size=size, tokens=token_words(file.tokens)) if file.tokens else size


def file_notes(file: FilePart) -> list[str]:
    """Return what is to be said about how a file was read, in sentences."""
    notes = []
    if file.pages:
        notes.append(ngettext("It has {count} page.", "It has {count} pages.", file.pages).format(count=file.pages))
    if file.blank_pages:
        blank = ngettext(
            "{count} page has no text, and a picture on it is lost.",
            "{count} pages have no text, and pictures on them are lost.",
            file.blank_pages,
        )
        notes.append(blank.format(count=file.blank_pages))
    if file.guessed_encoding:
        guess = _("The file does not tell its encoding; it was read as {encoding}, which is a guess.")
        notes.append(guess.format(encoding=file.guessed_encoding))
    return notes
