"""The sheet over a page of cards that shows one of them, and what its kinds have in common."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.announcing import announce
from desktop_app.gui.widgets.controls import Button, ButtonSize, ElidedLabel, Ground, IconButton
from desktop_app.gui.widgets.keyboard_focus import focus_reason
from desktop_app.gui.widgets.long_text import LongText
from desktop_app.gui.widgets.pages import Page, page_title
from desktop_app.gui.widgets.scrolled_body import keep_room_for_bar
from desktop_app.support.i18n import _


class SheetPage(Page):
    """The content of a sheet: a way back, a title, and what `fill` puts below them.

    `key` is what tells one model from another: a path, or a repository.
    """

    closed = Signal()
    download_requested = Signal(object, object)

    def __init__(self, theme: Theme, key: str, title: str) -> None:
        super().__init__(theme)
        self.key = key
        self.title = title
        self.back: IconButton | None = None

    def build(self, column: QVBoxLayout) -> None:
        """Make the head, then the rest."""
        px = self.theme.px
        self.back = IconButton(self.theme, "chevron-left", self.back_words())
        self.back.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(self.back)
        head.addWidget(page_title(ElidedLabel(self.theme, self.title, "title")), 1)
        column.addLayout(head)
        column.addSpacing(px(16))
        self.fill(column)
        column.addStretch(1)

    def back_words(self) -> str:
        """Return where the way back leads."""
        return _("Back to all models")

    def fill(self, column: QVBoxLayout) -> None:
        """Fill `column` below the head; for each kind to say."""
        raise NotImplementedError


class Sheet(Ground):
    """Covers the page that it lies on; what lies below is out of the keyboard's reach meanwhile."""

    def __init__(self, theme: Theme, page: Page) -> None:
        super().__init__(theme, "window", parent=page)
        self._page = page
        self.content: SheetPage | None = None
        self._before: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        page.installEventFilter(self)
        self.hide()

    def open(self, content: SheetPage) -> None:
        """Show `content` in place of what was open."""
        reason = focus_reason()
        if self.content is None:
            self._before = QApplication.focusWidget()
        self._drop()
        self.content = content
        self._column.addWidget(content)
        self.setGeometry(self._page.rect())
        self._page.viewport().hide()
        self._page.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # it would come to lie on top
        self.show()
        self.raise_()
        content.ensure_built()
        if content.back is not None and self.isVisible():  # the page may have been left meanwhile
            content.back.setFocus(reason)

    def dismiss(self) -> None:
        """Show the page again."""
        self._drop()
        self.hide()
        keep_room_for_bar(self._page)
        self._page.viewport().show()
        before, self._before = self._before, None
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(focus_reason())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Be as large as the page."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._page.rect())
        return super().eventFilter(watched, event)

    def _drop(self) -> None:
        content, self.content = self.content, None
        if content is not None:
            self._column.removeWidget(content)
            content.hide()
            content.deleteLater()


if TYPE_CHECKING:
    _Mixin = Page
else:
    _Mixin = object  # what it is mixed into is a page already


class Sheeted(_Mixin):
    """Mixed into pages of cards that a sheet about one of them can cover."""

    _sheet: Sheet | None = None

    @property
    def sheet_content(self) -> SheetPage | None:
        """What is open over this page, if anything."""
        return self._sheet.content if self._sheet is not None else None

    def open_sheet(self, content: SheetPage) -> None:
        """Show `content` in the place of the cards."""
        if self._sheet is None:
            self._sheet = Sheet(self.theme, self)
        self._sheet.open(content)

    def close_sheet(self) -> bool:
        """Show the cards again, the focus where the sheet came from; False where nothing is open."""
        content = self.sheet_content
        if self._sheet is None or content is None:
            return False
        reason = focus_reason()
        self._sheet.dismiss()
        control = self.control_of(content.key)
        if control is not None and self.isVisible():  # else the window would come back to what cannot be seen
            control.setFocus(reason)
        return True

    def control_of(self, key: str) -> QWidget | None:
        """Return what leads to the sheet with that key, if it is among the cards; for each page to say."""
        raise NotImplementedError


class Outcome(QWidget):
    """A line that says what came of something, with a button where it offers what to do next; hidden while empty."""

    accepted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.label = LongText(theme, "", "body", "muted", wraps=True)
        self.button = Button(theme, _("Download"), size=ButtonSize.SMALL)
        self.button.clicked.connect(self._accept)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, theme.px(4), 0, theme.px(4))
        row.setSpacing(theme.px(12))
        row.addWidget(self.label, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        self.say("")

    def say(self, words: str, color: str = "muted", *, offers: str = "", button: str = "") -> None:
        """Show `words`; `offers` is the accessible name of a button beside them, Download where `button` is no other."""
        if words != self.label.text():
            announce(self, words)
        self.label.setText(words)
        self.label.set_color(color)
        self.button.set_content(button or _("Download"))
        self.button.setVisible(bool(offers))
        self.button.set_waiting(waits=False)
        self.button.setAccessibleName(offers)
        self.setVisible(bool(words))

    def _accept(self) -> None:
        self.button.set_waiting(waits=True)
        self.accepted.emit()
