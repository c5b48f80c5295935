"""Sections of the panel that fold: a head with a title and a note, and a body that is made when it is first opened."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from desktop_app.gui.look.mirroring import placed, set_margins
from desktop_app.gui.look.theme import MEDIUM, Theme, Themed
from desktop_app.gui.widgets.accessible import SpokenButton
from desktop_app.gui.widgets.controls import RingedButton
from desktop_app.gui.widgets.focus_place import visit_next
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.support.i18n import _

Fill = Callable[[QVBoxLayout, QWidget], None]


class SectionHead(SpokenButton, RingedButton):
    """A line that opens and closes what is below it, by click, Enter or Space."""

    opens = True

    def __init__(self, theme: Theme, title: str, *, quiet: bool = False, parent: QWidget | None = None) -> None:
        """A `quiet` one is small and muted, with its chevron behind the words, which alone show that the pointer is there."""
        super().__init__(theme, title, parent)
        self._quiet = quiet
        self._note = ""
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.toggled.connect(lambda _on: self._tell())
        self.apply_theme()
        self._tell()

    @property
    def note(self) -> str:
        """What is said beside the title."""
        return self._note

    def set_note(self, note: str) -> None:
        """Say something beside the title."""
        if note != self._note:
            self._note = note
            self._tell()
            self.update()

    def apply_theme(self) -> None:
        """Take over the font."""
        self.setFont(self.theme.font("small") if self._quiet else self.theme.font("body", MEDIUM))
        super().apply_theme()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(self.theme.px(120), self.theme.px(28 if self._quiet else 36))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw chevron, title and note."""
        px, colors = self.theme.px, self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_pointed = self.isDown() or self.underMouse()
        fill = None if self._quiet or not is_pointed else "selected" if self.isDown() else "hover"
        paint_box(painter, self.rect(), self.theme, fill=fill, line=None, ring=self.has_ring)
        chevron = "chevron-down" if self.isChecked() else "chevron-right"
        left = px(2 if self._quiet else 24)
        if not self._quiet:
            self._paint_chevron(painter, px(2), chevron)
        note = f" · {self._note}" if self._note else ""
        small = QFontMetrics(self.theme.font("small"))
        room = self.width() - left - px(24 if self._quiet else 4)
        title = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, room - small.horizontalAdvance(note)
        )
        painter.setFont(self.font())
        painter.setPen(colors.muted if self._quiet and not is_pointed else colors.text)
        left = self._write(painter, left, title)
        painter.setFont(self.theme.font("small"))
        painter.setPen(colors.muted)
        left = self._write(painter, left, note)
        if self._quiet:
            self._paint_chevron(painter, left + px(2), chevron)
        painter.end()

    def _paint_chevron(self, painter: QPainter, left: int, chevron: str) -> None:
        area = placed(self, QRectF(left, 0, self.theme.px(16), self.height()), self.rect())
        self.theme.paint_icon(painter, area, chevron, "muted", 16)

    def _write(self, painter: QPainter, left: int, text: str) -> int:
        """Write `text` at `left`, and return where it ends."""
        area = placed(self, QRectF(left, 0, self.width(), self.height()), self.rect())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        return left + painter.fontMetrics().horizontalAdvance(text)

    def _tell(self) -> None:
        """Say title, note and state to screen readers."""
        self.setAccessibleName(f"{self.text()}, {self._note}" if self._note else self.text())
        self.setAccessibleDescription(_("open") if self.isChecked() else _("closed"))


class Section(Themed, QWidget):
    """A head, and a body that `fill` fills when it is first opened; `folded` comes with every opening and closing."""

    folded = Signal(bool)

    def __init__(self, theme: Theme, title: str, fill: Fill, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.head = SectionHead(theme, title, parent=self)
        self._fill: Fill | None = fill
        self._body = QWidget(self)
        self._body.hide()
        self._inside = QVBoxLayout(self._body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._body)
        self.head.toggled.connect(self._toggle)
        self.apply_theme()

    @property
    def is_built(self) -> bool:
        """Whether it was opened already."""
        return self._fill is None

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        set_margins(self._inside, 0, px(4), 0, px(12))
        self._inside.setSpacing(px(10))
        super().apply_theme()

    def _toggle(self, opened: bool) -> None:
        if opened and self._fill is not None:
            fill, self._fill = self._fill, None
            fill(self._inside, self._body)
            visit_next(self.head, self._body)
        self._body.setVisible(opened)
        self.folded.emit(opened)
