"""What the pages beside the conversation share: a scrolling column, built when it is first shown."""

from collections.abc import Iterator
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import delete, isValid

from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import SEMIBOLD, Theme, Themed
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.focus_place import FocusPlace, focus_at, focus_place
from desktop_app.gui.widgets.keyboard_focus import settle_typing
from desktop_app.gui.widgets.scrolled_body import BAR, ScrolledBody, UprightArea, keep_room_for_bar
from desktop_app.gui.widgets.search_field import SearchField
from desktop_app.gui.widgets.stack import deleted_in_parts, handed_over

TITLE_HEIGHT = 36
"""How high the line with a page's title is, in pixels at 100 %: that of the fields and buttons that some have beside it."""

SomeLabel = TypeVar("SomeLabel", bound=Label)


def page_title(label: SomeLabel) -> SomeLabel:
    """Make `label` the title of a page; all stand at one height, so that none jumps when another page is shown."""
    label.setMinimumHeight(label.theme.px(TITLE_HEIGHT))
    return label


def stacked_below(width: int, least: int) -> QBoxLayout.Direction:
    """Return how parts lie in a width: beside each other, or below where that is less than the `least`; all in pixels."""
    return QBoxLayout.Direction.TopToBottom if width < least else QBoxLayout.Direction.LeftToRight


class Page(Themed, UprightArea):
    """A page whose content is made by `build` when it is first shown, and again for a new text size: `built` tells it."""

    built = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        UprightArea.__init__(self, parent)
        self.theme = theme
        self.body: QWidget | None = None
        self._built_scale = 0.0
        self._left_at = 0.0  # in pixels at 100 %
        """Where it was scrolled to when its content was let go."""
        self._had_focus: FocusPlace | None = None
        """What of the content had the focus then."""
        keep_room_for_bar(self)

    def build(self, column: QVBoxLayout) -> None:
        """Fill `column`; for each page to say."""
        raise NotImplementedError

    def column_width(self) -> int:
        """The widest the content may be, in pixels at 100 %."""
        return self.theme.tokens.layout.column_max

    def ensure_built(self) -> None:
        """Make the content, where that was not done yet at this text size."""
        if self._built_scale == self.theme.scale:
            return
        if self.body is not None:
            self._leave()
        self._built_scale = self.theme.scale
        focused = focus_place(self.body) if self.body is not None else None
        px = self.theme.px
        body = self.body = ScrolledBody()
        middle = QWidget(body)
        middle.setMaximumWidth(px(self.column_width()))
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout(body)
        set_margins(row, px(24), px(24), px(24 - BAR), px(24))
        row.addStretch(1)
        row.addWidget(middle, 1000)
        row.addStretch(1)
        self.build(column)
        self.built.emit()
        self.show_body(body)
        if not focus_at(body, focused) and focused is not None:
            self.setFocus(Qt.FocusReason.OtherFocusReason)  # what had it is gone, and nothing would have it
        self._go_back()

    def _leave(self) -> None:
        self._left_at = self.verticalScrollBar().value() / self._built_scale

    def _go_back(self) -> None:
        self.verticalScrollBar().setValue(self.theme.px(self._left_at))

    def build_in_sight(self) -> None:
        """Make what is seen first of the content, in time to be shown; all of it, unless a page says otherwise."""
        self.ensure_built()

    def let_go_in_parts(self, theme: Theme | None = None) -> Iterator[None]:
        """Let the content go where nobody sees it, a part of its widgets with each step.

        It is made again, as it was, when the page is shown. Another look costs time for every widget that there is, and a
        page of many cards has thousands. What is seen goes, too, where `theme` has another text size; it is made anew once
        the page is told of that.
        """
        body = self.body
        if body is None or (self.isVisible() and (theme is None or theme.scale == self._built_scale)):
            return
        self._had_focus = focus_place(body) if self.isVisible() else None
        if self._had_focus is not None:
            self.hold_focus(body)
        self._leave()
        self.forget()
        self.body, self._built_scale = None, 0.0
        body.hide()
        yield from deleted_in_parts(handed_over(body))
        yield
        if isValid(body):
            delete(body)

    def set_theme_in_parts(self, theme: Theme) -> Iterator[None]:
        """Do so; what was let go although it is seen is made anew, some of it with each step."""
        self.set_theme(theme)
        if not self._is_empty:
            return
        yield
        yield from self.build_in_parts()
        if self.body is None:  # somebody left meanwhile
            return
        for _pass in range(2):  # words are given their width by the first; the bar is to know the whole height
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        if self.window().focusWidget() is self:
            focus_at(self.body, self._had_focus)
        self._go_back()  # from where the keyboard is, which may have been left out of sight

    @property
    def _is_empty(self) -> bool:
        """Whether the page is seen without its content."""
        return self.body is None and self.isVisible()

    def build_in_parts(self) -> Iterator[None]:
        """Make the content, where that was not done yet, a part with each step; all at once, unless a page says otherwise."""
        self.ensure_built()
        yield from ()

    def forget(self) -> None:
        """Hold nothing of the content any more; for pages to say that can let it go."""
        raise NotImplementedError

    def begin_search(self) -> bool:
        """Bring the keyboard to the page's own search; False where it has none that can be seen."""
        field = next((field for field in self.findChildren(SearchField) if field.isVisible()), None)
        if field is None:
            return False
        self.ensureWidgetVisible(field)
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        field.selectAll()
        return True

    def hold_focus(self, going: QWidget) -> None:
        """Take the focus from what is about to be hidden; Qt would give it to whatever comes next, be it in the sidebar."""
        focused = self.window().focusWidget()
        if focused is not None and (focused is going or going.isAncestorOf(focused)):
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def add_section(self, column: QVBoxLayout, title: str, content: QWidget) -> None:
        """Put `content` below a title of its own at the end of `column`."""
        px = self.theme.px
        column.addSpacing(px(24))
        column.addWidget(Label(self.theme, title, "body", weight=SEMIBOLD, wraps=True))
        column.addSpacing(px(8))
        column.addWidget(content)

    def take_place(self, other: "Page") -> None:
        """Go to where another page of this kind is scrolled to, with the same searched for."""
        for before, after in zip(other.findChildren(SearchField), self.findChildren(SearchField), strict=False):
            after.setText(before.text())
        place = other.verticalScrollBar().value()
        QTimer.singleShot(0, self, lambda: self.verticalScrollBar().setValue(place))

    def apply_theme(self) -> None:
        """Rebuild for another text size; another colour needs nothing."""
        if self.body is not None and self._built_scale != self.theme.scale and self.isVisible():
            settle_typing(self)
            self.ensure_built()  # one that is out of sight is made anew when it is shown
        super().apply_theme()

    def showEvent(self, event: QShowEvent) -> None:
        """Make the content in time."""
        self.build_in_sight()
        super().showEvent(event)


class FileDropPage(Page):
    """A page that takes files dropped on it, those with one of its `suffixes`."""

    suffixes: tuple[str, ...] = ()
    files_dropped = Signal(list)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome files of the right kind."""
        if self._files(event):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell which files were dropped."""
        files = self._files(event)
        if files:
            event.acceptProposedAction()
            self.files_dropped.emit(files)

    def _files(self, event: QDropEvent) -> list[str]:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        return [path for path in paths if path.lower().endswith(self.suffixes)]


class ModelDropPage(FileDropPage):
    """A page that takes GGUF files dropped on it."""

    suffixes = (".gguf",)
