"""Emoji on paper: Qt writes no coloured glyphs into a PDF, so that small images stand for them."""

import re

from PySide6.QtCore import QRectF, QRegularExpression, Qt, QUrl
from PySide6.QtGui import QFont, QImage, QPainter, QTextCursor, QTextDocument, QTextImageFormat

_BY_THEMSELVES = (
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab"
    "\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c"
    "\u274e\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55"
)
"""Characters of the basic plane that are shown as emoji without being asked to."""
_ONE = rf"(?:[\x{{1f300}}-\x{{1faff}}{_BY_THEMSELVES}]|[\x{{2190}}-\x{{2bff}}]\x{{fe0f}})[\x{{1f3fb}}-\x{{1f3ff}}\x{{fe0f}}]*"
_EMOJI = QRegularExpression(rf"[\x{{1f1e6}}-\x{{1f1ff}}]{{2}}|{_ONE}(?:\x{{200d}}{_ONE})*")
_POSSIBLE = re.compile("[\u231a-\u2bff\ufe0f\U0001f1e6-\U0001faff]")
SIZE = 1.15
"""How large an image is, as a part of the font's size."""


class Emoji:
    """Draws each emoji once for each size."""

    def __init__(self) -> None:
        self._images: dict[tuple[str, int], QImage] = {}

    def replace_in(self, document: QTextDocument) -> None:
        """Put images in the place of all emoji of a document."""
        if _POSSIBLE.search(document.toPlainText()) is None:
            return
        cursor = document.find(_EMOJI, 0)
        while not cursor.isNull():
            text = cursor.selectedText()
            font = cursor.charFormat().font().resolve(document.defaultFont())
            cursor.insertImage(self._format(document, text, font))
            cursor = document.find(_EMOJI, QTextCursor(cursor))

    def _format(self, document: QTextDocument, text: str, font: QFont) -> QTextImageFormat:
        side = max(1, round(font.pixelSize() * SIZE))
        url = QUrl(f"emoji:{text.encode().hex()}-{side}")
        document.addResource(QTextDocument.ResourceType.ImageResource.value, url, self._image(text, side))
        made = QTextImageFormat()
        made.setName(url.toString())
        made.setWidth(side)
        made.setHeight(side)
        made.setVerticalAlignment(QTextImageFormat.VerticalAlignment.AlignMiddle)
        return made

    def _image(self, text: str, side: int) -> QImage:
        found = self._images.get((text, side))
        if found is None:
            found = self._images[text, side] = _drawn(text, side)
        return found


def _drawn(text: str, side: int) -> QImage:
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    font = QFont()
    font.setPixelSize(round(side * 0.8))
    painter = QPainter(image)
    painter.setFont(font)
    painter.drawText(QRectF(image.rect()), int(Qt.AlignmentFlag.AlignCenter), text)
    painter.end()
    return image
