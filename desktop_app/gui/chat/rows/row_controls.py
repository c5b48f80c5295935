"""What stands on a row of text beside the text: the buttons of code cards, and the scroll bars of tables."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QScrollBar, QToolButton, QWidget

from desktop_app.gui.chat.documents.geometry import BUBBLE_SIDE
from desktop_app.gui.chat.documents.styles import CARD_MARGIN, HEADER_HEIGHT, STRIP_HEIGHT, TABLE_BAR
from desktop_app.gui.look.mirroring import is_mirrored, placed
from desktop_app.gui.look.theme import Theme
from desktop_app.support.i18n import _, ngettext

if TYPE_CHECKING:  # it brings Pygments with it
    from desktop_app.gui.chat.documents.document import CodeBlock, RowDocument
    from desktop_app.gui.chat.documents.tables import TableBlock

BUTTON = 24
"""How high the buttons of a code card are, in pixels at 100 %."""


class ControlsOwner(Protocol):
    """What the controls ask of the row that they stand on."""

    def save_code(self, code: "CodeBlock") -> None:
        """Save a code block as a file."""

    def fold_code(self, code: "CodeBlock") -> None:
        """Show more of a long code block, or less."""

    def fold_question(self) -> None:
        """Show more of a long question, or less."""


def card_area(code: "CodeBlock", area: QRectF, theme: Theme) -> QRectF:
    """Return the card of a code block whose frame, margins included, takes `area`."""
    px = theme.px
    left = code.frame.frameFormat().leftMargin() - px(2)
    return area.adjusted(left, px(CARD_MARGIN), 0, -px(CARD_MARGIN))


def header_words(card: QRectF, theme: Theme) -> QRectF:
    """Return where words in the header of a card stand on one line with those of its buttons."""
    height = QFontMetrics(theme.font("small")).height()
    top = _buttons_top(card, theme) + (theme.px(BUTTON) - height) // 2
    return QRectF(card.left(), top, card.width(), height)


def _buttons_top(card: QRectF, theme: Theme) -> int:
    return math.floor(card.top()) + (theme.px(HEADER_HEIGHT) - theme.px(BUTTON)) // 2


class _Card:
    """The buttons of one code card."""

    def __init__(self, made: Callable[[str, str], QToolButton], owner: ControlsOwner) -> None:
        self.code: CodeBlock | None = None
        self._placed: object = None
        self.save = made(_("Save as…"), _("Save code as a file"))
        self.copy = made(_("Copy"), _("Copy code"))
        self.fold = made(_("Show more lines"), _("Show more lines"))
        self._owner = owner
        self.save.clicked.connect(self._save)
        self.copy.clicked.connect(self._copy)
        self.fold.clicked.connect(self._fold)

    @property
    def buttons(self) -> list[QToolButton]:
        """In reading order."""
        return [self.save, self.copy, self.fold]

    def _save(self) -> None:
        if self.code is not None:
            self._owner.save_code(self.code)

    def _fold(self) -> None:
        if self.code is not None:
            self._owner.fold_code(self.code)

    def _copy(self) -> None:
        if self.code is not None:
            QGuiApplication.clipboard().setText(self.code.source.removesuffix("\n"))

    def place(self, code: "CodeBlock", card: QRectF, theme: Theme) -> None:
        """Put the buttons onto the card of `code`; while an answer grows, most cards stay as they are."""
        state = (code, card, theme, code.can_fold, code.hidden, code.is_opened, is_mirrored(self.copy))
        if state == self._placed:
            return
        self.code, self._placed = code, state
        px = theme.px
        top = _buttons_top(card, theme)
        right = int(card.right()) - px(2)
        for button in (self.copy, self.save):
            width = button.sizeHint().width()
            button.setGeometry(placed(button, QRect(right - width, top, width, px(BUTTON)), card))
            button.show()
            right -= width
        self.fold.setVisible(code.can_fold)
        if code.can_fold:
            words = fold_words(code)
            if self.fold.text() != words:
                self.fold.setText(words)
                self.fold.setAccessibleName(words)
            top = round(card.bottom() - px(STRIP_HEIGHT) + (px(STRIP_HEIGHT) - px(BUTTON)) / 2)
            area = QRect(int(card.left()) + px(6), top, self.fold.sizeHint().width(), px(BUTTON))
            self.fold.setGeometry(placed(self.fold, area, card))

    def hide(self) -> None:
        """Show nothing."""
        self.code = self._placed = None
        for button in self.buttons:
            button.hide()


class RowControls(QObject):
    """The controls of one row; they are kept and used again for the next."""

    def __init__(self, theme: Theme, owner: ControlsOwner, parent: QWidget) -> None:
        super().__init__(parent)
        self._owner = owner
        self._theme = theme
        self._parent = parent
        self._cards: list[_Card] = []
        self._bars: list[QScrollBar] = []
        self._tables: list[TableBlock] = []
        self._fold: QToolButton | None = None

    def set_theme(self, theme: Theme) -> None:
        """Take over colours and fonts."""
        self._theme = theme
        for card in self._cards:
            for button in card.buttons:
                self._dress(button)
        if self._fold is not None:
            self._dress(self._fold)

    def chain(self) -> list[QWidget]:
        """Return what the keyboard visits, in order."""
        shown: list[QWidget] = [button for card in self._cards for button in card.buttons if not button.isHidden()]
        if self._fold is not None and not self._fold.isHidden():
            shown.append(self._fold)
        return shown + [bar for bar in self._bars if not bar.isHidden()]

    def hide(self) -> None:
        """Show nothing."""
        for card in self._cards:
            card.hide()
        for bar in self._bars:
            bar.hide()
        self._tables = []
        if self._fold is not None:
            self._fold.hide()

    def place(self, shown: "RowDocument") -> None:
        """Put everything into its place on the document."""
        layout = shown.document.documentLayout()
        while len(self._cards) < len(shown.codes):
            self._cards.append(_Card(self._new_button, self._owner))
        for place, card in enumerate(self._cards):
            if place < len(shown.codes):
                code = shown.codes[place]
                card.place(code, card_area(code, layout.frameBoundingRect(code.frame), self._theme), self._theme)
            else:
                card.hide()
        self._place_bars(shown)

    def place_fold(self, *, is_folded: bool, bubble: QRect) -> None:
        """Put the button that opens or folds a long question into the strip below its text."""
        if self._fold is None:
            self._fold = self._new_button("", "")
            self._fold.clicked.connect(self._owner.fold_question)
        words = _("Show all of it") if is_folded else _("Show less")
        if self._fold.text() != words:
            self._fold.setText(words)
            self._fold.setAccessibleName(words)
        px = self._theme.px
        top = bubble.bottom() + 1 - px(STRIP_HEIGHT) + (px(STRIP_HEIGHT) - px(BUTTON)) // 2
        width = self._fold.sizeHint().width()
        beside = (width - self._fold.fontMetrics().horizontalAdvance(words)) // 2  # the words begin where the text does
        self._fold.setGeometry(placed(self._fold, QRect(px(BUBBLE_SIDE) - beside, top, width, px(BUTTON)), bubble))
        self._fold.show()

    def _place_bars(self, shown: "RowDocument") -> None:
        self._tables = [table for table in shown.tables if table.is_wide]
        while len(self._bars) < len(self._tables):
            self._bars.append(self._new_bar(len(self._bars)))
        layout = shown.document.documentLayout()
        for place, bar in enumerate(self._bars):
            if place >= len(self._tables):
                bar.hide()
                continue
            table = self._tables[place]
            bottom = layout.frameBoundingRect(table.frames[-1]).bottom()
            height = self._theme.px(TABLE_BAR)
            bar.setRange(0, table.farthest)
            bar.setPageStep(table.room)
            bar.setSingleStep(self._theme.px(24))
            bar.setValue(table.offset)
            bar.setGeometry(QRect(0, round(bottom) - self._theme.px(CARD_MARGIN) - height, table.room, height))
            bar.show()

    def table_at(self, y: float) -> QScrollBar | None:
        """Return the scroll bar of the table at the height `y`, None where there is none to scroll."""
        for bar, table in zip(self._bars, self._tables, strict=False):
            frames = table.frames
            layout = frames[0].document().documentLayout()
            if layout.frameBoundingRect(frames[0]).top() <= y <= layout.frameBoundingRect(frames[-1]).bottom():
                return bar
        return None

    def _new_bar(self, place: int) -> QScrollBar:
        bar = QScrollBar(Qt.Orientation.Horizontal, self._parent)
        bar.setAccessibleName(_("Scroll the table sideways"))
        bar.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # its value counts what is out of sight at the left
        bar.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        bar.valueChanged.connect(lambda value: self._scroll(place, value))
        bar.installEventFilter(self)
        return bar

    def _scroll(self, place: int, value: int) -> None:
        if place < len(self._tables):
            self._tables[place].scroll(value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave turning the wheel over a bar to the view, unless it turns sideways."""
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _new_button(self, text: str, name: str) -> QToolButton:
        button = QToolButton(self._parent)
        button.setText(text)
        button.setAccessibleName(name)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves no ring
        button.setAutoRaise(True)
        self._dress(button)
        return button

    def _dress(self, button: QToolButton) -> None:
        colors, px = self._theme.colors, self._theme.px
        button.setFont(self._theme.font("small"))
        button.setStyleSheet(
            f"QToolButton {{ color: {colors.muted.name()}; background: transparent; border: 2px solid transparent;"
            f" border-radius: {px(6)}px; padding: 0px {px(6)}px; font-size: {px(self._theme.tokens.type.small)}px; }}"
            f"QToolButton:hover {{ color: {colors.text.name()}; background: {colors.hover.name()}; }}"
            f"QToolButton:pressed {{ background: {colors.selected.name()}; }}"
            f"QToolButton:focus {{ border-color: {colors.focus.name()}; }}"
        )


def fold_words(code: "CodeBlock") -> str:
    """Return what the button below a long code block says."""
    if code.is_opened and not code.hidden:
        return _("Show fewer lines")
    if code.is_opened:
        return ngettext(
            "{count} more line is not shown; save the code to see it all",
            "{count} more lines are not shown; save the code to see them all",
            code.hidden,
        ).format(count=code.hidden)
    return ngettext("Show {count} more line", "Show {count} more lines", code.hidden).format(count=code.hidden)
