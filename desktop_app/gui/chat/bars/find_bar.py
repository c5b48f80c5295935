"""The bar that finds words in the open chat: a field, which of how many, and the ways to the others."""

from PySide6.QtCore import QEvent, QLocale, QRect, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from desktop_app.gui.chat.bars.floating_bar import HEIGHT, MARGIN, TOP, FloatingBar
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.controls import IconButton, Label
from desktop_app.support.i18n import _, ngettext, pgettext

WIDTH = 400


class FindField(Themed, QLineEdit):
    """A field whose Enter goes on to the next place, with Shift to the one before, and whose Escape closes the bar."""

    stepped = Signal(int)
    closed = Signal()

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        QLineEdit.__init__(self, parent)
        self.theme = theme
        self.setPlaceholderText(name)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over font and height."""
        self.setFont(self.theme.font("body"))
        self.setFixedHeight(self.theme.px(36))
        super().apply_theme()

    def event(self, event: QEvent) -> bool:
        """Keep Escape from the window's shortcuts."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step, close, or type."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.stepped.emit(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


class FindBar(FloatingBar):
    """Lies over the upper edge of the conversation, or of another text; `step_requested` is 1 for the next place, -1 for the one before."""

    step_requested = Signal(int)
    typed = Signal(str)
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget, name: str = "") -> None:
        """`name` says what is looked through, where it is no chat."""
        name = name or _("Find in this chat")
        super().__init__(theme, name, parent)
        self.field = FindField(theme, name, self)
        self.count = Label(theme, "", "small", "muted", parent=self)
        self.previous = IconButton(theme, "chevron-up", _("Previous place"), parent=self)
        self.next = IconButton(theme, "chevron-down", _("Next place"), parent=self)
        self.close_button = IconButton(theme, "close", _("Close the search"), parent=self)
        for widget in (self.field, self.count, self.previous, self.next, self.close_button):
            self.row.addWidget(widget)
        self.field.textChanged.connect(self.typed)
        self.field.stepped.connect(self.step_requested)
        self.field.closed.connect(self.closed)
        self.next.clicked.connect(lambda: self.step_requested.emit(1))
        self.previous.clicked.connect(lambda: self.step_requested.emit(-1))
        self.close_button.clicked.connect(self.closed)
        self.apply_theme()

    def open(self, text: str) -> None:
        """Show the bar, with `text` to look for where there is any, and put the cursor into it."""
        if text:
            self.field.setText(text)
        self.come_up()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def take_over(self, former: "FindBar") -> None:
        """Come up in the place of another one, with what is typed and selected in it; nothing is told of it."""
        before = former.field
        with QSignalBlocker(self.field):
            self.field.setText(before.text())
        self.field.setCursorPosition(before.cursorPosition())
        if before.hasSelectedText():
            self.field.setSelection(before.selectionStart(), before.selectionLength())
        self.come_up()
        if before.window().focusWidget() is before:
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_count(self, number: int, total: int, *, is_known: bool) -> None:
        """Say which of how many places is looked at; not `is_known` while more may be found."""
        if not self.field.text().strip():
            words = ""
        elif not total:
            words = pgettext("places found", "None") if is_known else "…"
        elif number:
            locale = QLocale()
            words = _("{number} of {total}").format(number=locale.toString(number), total=locale.toString(total))
        else:
            words = ngettext("{total} place", "{total} places", total).format(total=total)
        self.count.setText(words)
        for button in (self.previous, self.next):
            button.setEnabled(total > 0)

    def area(self) -> QRect:
        """Return the end of the upper edge."""
        px = self.theme.px
        width = min(px(WIDTH), self.over.width() - 2 * px(MARGIN) - px(8))
        return QRect(self.over.width() - width - px(MARGIN) - px(8), px(TOP), width, px(HEIGHT))
