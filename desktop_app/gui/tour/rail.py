"""The rail of the tour: its steps in a column, or as numbers in a row where it is narrow."""

from collections.abc import Collection

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from desktop_app.domain.tour import STEPS, TourStep, beside
from desktop_app.gui.look.mirroring import is_mirrored, paint_words, placed
from desktop_app.gui.look.theme import MEDIUM, NORMAL, SEMIBOLD, Theme, Themed
from desktop_app.gui.tour.words import step_words
from desktop_app.gui.widgets.accessible import Role, Spoken, SpokenButton
from desktop_app.gui.widgets.controls import RingedButton
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.support.i18n import _

HEIGHT, DISC, COMPACT, LEAST = 34, 22, 30, 16
WIDTH = 208
WAYS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Right: 1}


class StepButton(SpokenButton, RingedButton):
    """A step: its number on a disc, a tick where it is done, and its title where there is room."""

    spoken_role = Role.PageTab

    def __init__(self, theme: Theme, step: TourStep) -> None:
        super().__init__(theme, step_words(step).title)
        self.step = step
        self._number = STEPS.index(step) + 1
        self._is_done = False
        self._is_compact = False
        self.setCheckable(True)
        self._tell()
        self.set_compact(False)

    def set_state(self, *, current: bool, done: bool) -> None:
        """Show whether this is the step that is shown, and whether it was done."""
        self._is_done = done
        self.setChecked(current)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if current else Qt.FocusPolicy.ClickFocus)
        self._tell()
        self.update()

    def set_compact(self, compact: bool) -> None:
        """Show the number alone."""
        self._is_compact = compact
        horizontal = QSizePolicy.Policy.Maximum if compact else QSizePolicy.Policy.Expanding
        self.setSizePolicy(horizontal, QSizePolicy.Policy.Fixed)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """A line of the column, or a square."""
        px = self.theme.px
        return QSize(px(COMPACT), px(COMPACT)) if self._is_compact else QSize(px(WIDTH), px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """A number gives way a little where the text is large and the window small."""
        px = self.theme.px
        return QSize(px(LEAST), px(COMPACT)) if self._is_compact else self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the arrow keys to the rail, which knows the order."""
        if event.key() in WAYS:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground, disc and title."""
        px, colors = self.theme.px, self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = "selected" if self.isChecked() or self.isDown() else "hover" if self.underMouse() else None
        paint_box(painter, self.rect(), self.theme, fill=fill, line=None, ring=self.has_ring)
        side = min(px(DISC), self.width() - 2)
        left = (self.width() - side) / 2 if self._is_compact else px(8)
        disc = QRectF(left, (self.height() - side) / 2, side, side)
        self._paint_disc(painter, placed(self, disc, self.rect()))
        if not self._is_compact:
            painter.setFont(self.theme.font("label", MEDIUM if self.isChecked() else NORMAL))
            painter.setPen(colors.text)
            area = QRectF(disc.right() + px(10), 0, self.width() - disc.right() - px(14), self.height())
            paint_words(painter, placed(self, area, self.rect()), self.text())
        painter.end()

    def _paint_disc(self, painter: QPainter, disc: QRectF) -> None:
        colors = self.theme.colors
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.accent)
            color = "on_accent"
        else:
            painter.setPen(QPen(colors.good if self._is_done else colors.control_line, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            color = "good" if self._is_done else "muted"
        painter.drawEllipse(disc.adjusted(0.5, 0.5, -0.5, -0.5))
        if self._is_done:
            self.theme.paint_icon(painter, disc, "check", color, 14)
            return
        painter.setFont(self.theme.font("tiny", SEMIBOLD))
        painter.setPen(colors.named(color))
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(self._number))

    def _tell(self) -> None:
        told = _("Step {number}: {title}, done") if self._is_done else _("Step {number}: {title}")
        name = told.format(number=self._number, title=self.text())
        self.setAccessibleName(name)
        self.setToolTip(name)


class Rail(Spoken, Themed, QWidget):
    """All steps; Tab comes to the one that is shown, and the arrow keys go on from there."""

    chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        QWidget.__init__(self)
        self.theme = theme
        self.setAccessibleName(_("Steps of the tour"))
        self.buttons = {step: StepButton(theme, step) for step in STEPS}
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(theme.px(2))
        for step, button in self.buttons.items():
            button.clicked.connect(lambda _on=False, step=step: self.chosen.emit(step))
            self._box.addWidget(button)
        self._box.addStretch(1)
        self._current = STEPS[0]

    def show_state(self, current: TourStep, done: Collection[str]) -> None:
        """Mark the step that is shown, and those that are done."""
        had_focus = self.buttons[self._current].hasFocus()
        self._current = current
        for step, button in self.buttons.items():
            button.set_state(current=step is current, done=step.value in done)
        if had_focus:
            self.buttons[current].setFocus(Qt.FocusReason.TabFocusReason)

    def set_compact(self, compact: bool) -> None:
        """Lie in a row of numbers, or stand in a column of titles."""
        direction = QBoxLayout.Direction.LeftToRight if compact else QBoxLayout.Direction.TopToBottom
        self._box.setDirection(direction)
        for button in self.buttons.values():
            button.set_compact(compact)
        width = QSizePolicy.Policy.Preferred if compact else QSizePolicy.Policy.Fixed
        self.setSizePolicy(width, QSizePolicy.Policy.Fixed if compact else QSizePolicy.Policy.Preferred)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the step before or after this one."""
        key = Qt.Key(event.key())
        by = WAYS.get(key)
        if by is not None and is_mirrored(self) and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            by = -by
        step = beside(self._current, by) if by is not None else None
        if step is not None:
            self.chosen.emit(step)
        else:
            super().keyPressEvent(event)
