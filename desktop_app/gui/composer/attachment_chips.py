"""The files that go along with the question that is being typed, as chips above it."""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QWidget

from desktop_app.domain.parts import FilePart
from desktop_app.gui.chat.file_words import file_notes, file_words
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.accessible import Spoken
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize, IconButton
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.support.formats import number, paragraph, side_by_side
from desktop_app.support.i18n import _

MOST_WIDTH = 420
_LEAST_WIDTH = 120
MOST_HEIGHT = 152
"""As high as the chips become, in pixels at 100 %; more of them are scrolled."""
LEAST_HEIGHT = 44
"""As low as they become where there is little room."""


class Attached(msgspec.Struct, eq=False):
    """A file that is attached, or about to be: `part` is None while it is read. Its tokens are None until counted.

    One that `is_removed` was taken away by a person, who does not want it when it is read.
    """

    name: str
    part: FilePart | None = None
    tokens: int | None = None
    is_removed: bool = False


class FileChip(Spoken, Themed, QWidget):
    """One file: a button that opens it, and one that removes it."""

    opened = Signal()
    removed = Signal()

    def __init__(self, theme: Theme, attached: Attached, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.attached = attached
        self.open = Button(theme, "", kind=ButtonKind.QUIET, size=ButtonSize.SMALL, icon="document", parent=self)
        self.close_button = IconButton(theme, "close", "", side=28, parent=self)
        row = QHBoxLayout(self)
        set_margins(row, 0, 0, theme.px(2), 0)
        row.setSpacing(0)
        row.addWidget(self.open)
        row.addWidget(self.close_button)
        self.open.clicked.connect(self.opened)
        self.close_button.clicked.connect(self.removed)

    def show_state(self, room: int | None, width: int) -> None:
        """Say what is known of the file; `room` is the model's context in tokens, `width` what the chip may take."""
        attached, part = self.attached, self.attached.part
        is_too_long = room is not None and (attached.tokens or 0) >= room
        name = attached.name
        if part is None:
            words, tip = _("reading…"), _("The file is being read.")
        else:
            words = file_words(msgspec.structs.replace(part, tokens=attached.tokens or 0))
            tip = paragraph([_("Open it to see what the model will read."), *file_notes(part)])
        if is_too_long and room is not None:
            words = _("{details}, too long").format(details=words)
            alone = _("It does not fit the model's context of {room} tokens, even alone.")
            tip = paragraph([alone.format(room=number(room)), tip])
        self.open.set_content(self._fitting(name, words, width), "warning" if is_too_long else "document")
        self.open.setEnabled(part is not None)
        self.open.setToolTip(f"{name}\n{tip}")
        self.setAccessibleName(name)
        self.open.setAccessibleName(_("{name}, {details}").format(name=name, details=words))
        self.open.setAccessibleDescription(tip)
        self.close_button.set_name(_("Remove {name}").format(name=name))

    def _fitting(self, name: str, words: str, width: int) -> str:
        """Return the name and the words about it, the name cut in its middle where that is too wide, then the words."""
        metrics, px = self.open.fontMetrics(), self.theme.px
        room = width - metrics.horizontalAdvance("  ") - px(24 + 28 + 30)
        least = min(px(40), metrics.horizontalAdvance(name))
        about = metrics.elidedText(words, Qt.TextElideMode.ElideRight, max(0, room - least))
        left = max(least, room - metrics.horizontalAdvance(about))
        return side_by_side([metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, left), about], "  ")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove it with Delete or Backspace."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box around both buttons."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_box(painter, self.rect(), self.theme, fill="raised", line="control_line", ring=False)
        painter.end()


class _Lines(QScrollArea):
    """The lines of chips, scrolled where there are many."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.flow = Flow(theme)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(self.flow)
        for ground in (self.viewport(), self.flow):
            ground.setAutoFillBackground(False)  # the composer's surface is seen through it


class AttachmentChips(Themed, QWidget):
    """All chips, in lines; no height where there is none. The keyboard comes to them from `before`."""

    changed = Signal()
    opened = Signal(object)
    left = Signal()

    def __init__(self, theme: Theme, before: QWidget, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._before = before
        self._room: int | None = None
        self._most: int | None = None
        self.chips: list[FileChip] = []
        self.removed: list[FilePart] = []
        """The files that a person took away since others were shown."""
        self._made_lines: _Lines | None = None
        self.setAccessibleName(_("Attached files"))
        self.hide()

    @property
    def attached(self) -> list[Attached]:
        """What is attached, in order."""
        return [chip.attached for chip in self.chips]

    @property
    def files(self) -> tuple[FilePart, ...]:
        """The files that are read, with their tokens as far as they are counted."""
        return tuple(
            msgspec.structs.replace(each.part, tokens=each.tokens or 0)
            for each in self.attached
            if each.part is not None
        )

    @property
    def tokens(self) -> int:
        """The tokens of all files, as far as they are counted."""
        return sum(each.tokens or 0 for each in self.attached)

    @property
    def is_reading(self) -> bool:
        """Whether a file is not read yet."""
        return any(each.part is None for each in self.attached)

    def show_files(self, files: Sequence[FilePart]) -> None:
        """Show these files in place of those that are shown; nobody is told."""
        self.removed = []
        if not files and not self.chips:
            return
        for chip in list(self.chips):
            self._take_out(chip)
        for file in files:
            self._put(Attached(file.name, file, file.tokens or None))
        self._arrange()

    def add(self, attached: Attached) -> None:
        """Attach one more."""
        self._put(attached)
        self._arrange()
        self.changed.emit()

    def remove(self, attached: Attached) -> None:
        """Take one away again, where it is still there; the focus goes to the next one, or is `left`."""
        chip = next((chip for chip in self.chips if chip.attached is attached), None)
        if chip is None:
            return
        attached.is_removed = True
        if attached.part is not None:
            self.removed.append(attached.part)
        place, focused = self.chips.index(chip), chip.isAncestorOf(self.window().focusWidget() or self)
        self._take_out(chip)
        self._arrange()
        if focused and self.chips:
            self.chips[min(place, len(self.chips) - 1)].close_button.setFocus(Qt.FocusReason.TabFocusReason)
        elif focused:
            self.left.emit()
        self.changed.emit()

    def refresh(self) -> None:
        """Show what was read or counted since."""
        self._show_states()
        self.changed.emit()

    def set_most_height(self, height: int) -> None:
        """Scroll what is higher than that, and higher than a line."""
        if height != self._most:
            self._most = height
            self._show_states()

    def set_room(self, room: int | None) -> None:
        """Warn of files that have more tokens than `room`."""
        if room != self._room:
            self._room = room
            self._show_states()

    def apply_theme(self) -> None:
        """Take over sizes."""
        self._show_states()
        super().apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut names where it is narrow."""
        super().resizeEvent(event)
        self._show_states()

    @property
    def _lines(self) -> _Lines:
        """Made with the first file: the first paint does without it."""
        if self._made_lines is None:
            self._made_lines = _Lines(self.theme, self)
            self._made_lines.show()
        return self._made_lines

    def _put(self, attached: Attached) -> None:
        chip = FileChip(self.theme, attached, self._lines.flow)
        chip.opened.connect(lambda: self.opened.emit(chip.attached))
        chip.removed.connect(lambda: self.remove(chip.attached))
        self.chips.append(chip)
        self._lines.flow.add(chip)
        chip.show()

    def _take_out(self, chip: FileChip) -> None:
        self.chips.remove(chip)
        self._lines.flow.remove(chip)

    def _arrange(self) -> None:
        self.setVisible(bool(self.chips))
        self._show_states()
        before = self._before
        for stop in (stop for chip in self.chips for stop in (chip.open, chip.close_button)):
            QWidget.setTabOrder(before, stop)
            before = stop
        self.updateGeometry()

    def _show_states(self) -> None:
        self._fit(self.width())

    def _fit(self, width: int, *, scrolls: bool = False) -> None:
        """Be as high as the lines of chips in `width` pixels, up to a limit from which on they are scrolled."""
        if self._made_lines is None:
            self.setFixedHeight(0)
            return
        px, lines = self.theme.px, self._made_lines
        for chip in self.chips:
            chip.show_state(self._room, max(px(_LEAST_WIDTH), min(px(MOST_WIDTH), width)))
        whole, most = lines.flow.heightForWidth(width), px(MOST_HEIGHT)
        if self._most is not None:
            most = max(px(LEAST_HEIGHT), min(self._most, most))
        if whole > most and not scrolls:
            self._fit(width - lines.verticalScrollBar().sizeHint().width(), scrolls=True)
            return
        height = min(whole, most)
        lines.flow.resize(width, whole)
        lines.setGeometry(0, 0, self.width(), height)
        if self.height() != height or self.minimumHeight() != height:
            self.setFixedHeight(height)
