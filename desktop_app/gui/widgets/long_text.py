"""Text of people and models, which may have words that are longer than a line."""

import re

from desktop_app.gui.widgets.controls import Label
from desktop_app.support.i18n import _

RUN = 20
"""Characters after which a word may be broken."""
QUOTED = 48
_BREAK = "\u200b"
_LONG_RUN = re.compile(rf"\S{{{RUN}}}(?=\S)")


class LongText(Label):
    """Wraps between words, and within those that no line can hold."""

    def setText(self, text: str) -> None:
        """Show `text`."""
        super().setText(_LONG_RUN.sub(f"\\g<0>{_BREAK}", text))

    def text(self) -> str:
        """Return what is shown, without the places where it may be broken."""
        return super().text().replace(_BREAK, "")


def quoted(text: str) -> str:
    """Return a text in one line, as it is quoted in a sentence: what is too long ends in an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= QUOTED else _("{beginning}…").format(beginning=line[: QUOTED - 1].rstrip())
