"""Keeps what is filled into sentences that read from right to left as it is: names, paths and numbers with their signs."""

import gettext
import re

_RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")
_FIELD = re.compile(r"(?<!\{)\{\w*\}(?!\})")
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
"""What stands between a "first strong isolate" and its end has no effect on the order of what is around it."""
_ISOLATED = f"{_FIRST_STRONG_ISOLATE}\\g<0>{_POP_ISOLATE}"


class IsolatingTranslations(gettext.NullTranslations):
    """Translates as another catalogue does, and puts each field of a text between isolates."""

    def __init__(self, catalogue: gettext.NullTranslations) -> None:
        super().__init__()
        self._translated = catalogue

    def gettext(self, message: str) -> str:
        """Return `message` translated."""
        return isolate_fields(self._translated.gettext(message))

    def pgettext(self, context: str, message: str) -> str:
        """Return `message` translated as it is said in `context`."""
        return isolate_fields(self._translated.pgettext(context, message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form for `n`, translated."""
        return isolate_fields(self._translated.ngettext(msgid1, msgid2, n))


def isolate_fields(text: str) -> str:
    """Return `text` with an isolate around each of its `{fields}`; one without fields as it is."""
    return _FIELD.sub(_ISOLATED, text) if "{" in text else text


def kept(text: str) -> str:
    """Return a translated text without its isolates: what is made of it is stored, and read where there is no Arabic."""
    return text.replace(_FIRST_STRONG_ISOLATE, "").replace(_POP_ISOLATE, "")


def isolated(words: str) -> str:
    """Return `words` as something of its own in the line: signs at its ends go with it, whichever way the line reads."""
    return f"{_FIRST_STRONG_ISOLATE}{words}{_POP_ISOLATE}" if words else ""


def isolating(catalogue: gettext.NullTranslations) -> gettext.NullTranslations:
    """Return `catalogue`, with isolates where its language is written from right to left."""
    language = catalogue.info().get("language", "").partition("_")[0]
    return IsolatingTranslations(catalogue) if language in _RIGHT_TO_LEFT else catalogue
