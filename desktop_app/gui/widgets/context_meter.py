"""The meter in the top bar that says how full the model's context is."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.accessible import Role, Spoken
from desktop_app.gui.widgets.controls import Brief
from desktop_app.gui.widgets.painting import paint_pill
from desktop_app.support.formats import decimal, number, paragraph
from desktop_app.support.i18n import _

FULL_FROM = 0.85
"""The share of the context from which the meter warns."""

LONG_COUNTS = (888, 1843, 9011, 90_931)
"""Numbers of tokens that take more room than others: 888, 1.8k, 8.8k, 88.8k."""
USUAL_SIZE = 8192
"""How large a context is taken to become while its size is not known."""


class ContextMeter(Brief, Spoken, Themed, QWidget):
    """How much of the context is used, in words and as a thin bar that warns when it fills up; a brief one says the share alone."""

    spoken_role = Role.StaticText

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._used: int | None = None
        self._size: int | None = None
        self._awaits = False
        self.when_full = _("It is nearly full: the oldest turns will be left out.")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.apply_theme()
        self.hide()

    @property
    def is_nearly_full(self) -> bool:
        """Whether the bar warns."""
        return bool(self._size) and (self._used or 0) / (self._size or 1) > FULL_FROM

    @property
    def is_wanted(self) -> bool:
        """Whether there is something to show: a size, or one that is about to be known."""
        return bool(self._size) or self._awaits

    def text(self) -> str:
        """What the meter says."""
        return _whole_words(self._used or 0, self._size)

    @property
    def shown_words(self) -> str:
        """What is drawn."""
        return self._words(self._used or 0, self._size)

    def _words(self, used: int, size: int | None) -> str:
        if not self.is_brief:
            return _whole_words(used, size)
        return _("{number} %").format(number=round(100 * used / size)) if size else "…"

    def await_size(self, awaits: bool) -> None:
        """Keep the place while a model is loaded, so that nothing beside it moves when its context's size is known."""
        self._awaits = awaits
        self.show_context(self._used, self._size)

    def show_context(self, used: int | None, size: int | None) -> None:
        """Show `used` of `size` tokens; hidden while the size is not known, unless it is awaited."""
        self._used = used
        self._size = size
        self._awaits = self._awaits and not size
        self.setVisible(self.is_wanted)
        words = ""
        if size:
            words = _("{used} of {size} tokens of the model's context are used.").format(
                used=number(used or 0), size=number(size)
            )
        if self.is_nearly_full:
            words = paragraph([words, self.when_full])
        self.setToolTip(words)
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(words)
        self.updateGeometry()
        self.update()

    def apply_theme(self) -> None:
        """Take over the font."""
        self.setFont(self.theme.font("label"))
        super().apply_theme()

    def sizeHint(self) -> QSize:
        """The room for the bar and the words, also for longer ones to come: what is beside it stands still meanwhile."""
        px = self.theme.px
        size = self._size or USUAL_SIZE
        words = [self.shown_words, *(self._words(used, size) for used in LONG_COUNTS if used < size)]
        return QSize(max(map(self.fontMetrics().horizontalAdvance, words)) + px(24), px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw words and bar."""
        px, colors = self.theme.px, self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_pill(painter, self.rect().toRectF(), self.theme, hovered=False, pressed=False, ring=False)
        painter.setFont(self.font())
        painter.setPen(colors.warn if self.is_nearly_full else colors.text)
        area = QRectF(0, 0, self.width(), self.height() - px(2))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.shown_words)
        track = QRectF(px(14), self.height() - px(6), self.width() - px(28), px(2))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.line)
        painter.drawRoundedRect(track, 1, 1)
        share = min((self._used or 0) / self._size, 1.0) if self._size else 0.0
        track.setWidth(track.width() * share)
        painter.setBrush(colors.warn if self.is_nearly_full else colors.control_line)
        painter.drawRoundedRect(placed(self, track, self.rect()), 1, 1)
        painter.end()


def _whole_words(used: int, size: int | None) -> str:
    return _("Context {used} / {size}").format(used=short_count(used), size=short_count(size) if size else "…")


def short_count(count: int) -> str:
    """Return a number of tokens as 512, 3.1k or 8k; a k is 1,024, as context sizes are named."""
    if count < 1000:
        return str(count)
    thousands = count / 1024
    is_whole = thousands >= 100 or round(thousands, 1).is_integer()
    return decimal(thousands, 0 if is_whole else 1) + "k"
