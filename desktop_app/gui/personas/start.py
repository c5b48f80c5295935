"""What an empty chat offers below its hint: a quiet row of personas, or the greeting of the one that was chosen.

Where it begins in a folder, that is said first.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.gui.look.lines import Lines
from desktop_app.gui.look.mirroring import placed, set_margins
from desktop_app.gui.look.theme import SEMIBOLD, Theme, Themed
from desktop_app.gui.personas.picture import PersonaPicture, Pictures
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize, ElidedLabel, Label, RingedButton
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.painting import paint_box, wrapped
from desktop_app.gui.widgets.scrolled_body import ScrolledBody, UprightArea
from desktop_app.services.writing.personas import LibraryPersona
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.widgets.selectable_text import SelectableText

TILE_WIDTH, TILE_HEIGHT = 84, 88
PICTURE = 44
BELOW_HINT = 40
"""How far below the middle the row begins, where the hint stands."""
MOST_TILES = 16


class PersonaTile(RingedButton):
    """One persona to begin a chat with: its picture, and its name in at most two lines; the tooltip has all of it."""

    def __init__(self, theme: Theme, pictures: Pictures, entry: LibraryPersona, parent: QWidget | None = None) -> None:
        super().__init__(theme, entry.name, parent)
        self._pictures = pictures
        self._path = entry.picture
        self.key = entry.key
        words = entry.persona.description if entry.persona is not None else ""
        self.lines = wrapped(entry.name, theme.font("small"), theme.px(TILE_WIDTH) - 2 * theme.px(2), 2)
        is_cut = "".join("".join(self.lines).split()) != "".join(entry.name.split())
        self.setToolTip("\n".join(filter(None, [entry.name if is_cut else "", words])))
        self.setAccessibleName(_("Chat with {persona}").format(persona=entry.name))
        self.setAccessibleDescription(words)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        pictures.arrived.connect(self.update)

    def sizeHint(self) -> QSize:
        """All tiles are alike."""
        return QSize(self.theme.px(TILE_WIDTH), self.theme.px(TILE_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground, picture and name."""
        px = self.theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = "selected" if self.isDown() else "hover" if self.underMouse() else None
        paint_box(painter, self.rect(), self.theme, fill=fill, line=None, ring=self.has_ring)
        side = px(PICTURE)
        self._pictures.paint(painter, QRectF((self.width() - side) / 2, px(6), side, side), self.theme, self._path)
        painter.setPen(self.theme.colors.text if fill else self.theme.colors.muted)
        area = QRectF(px(2), px(6) + side + px(4), self.width() - 2 * px(2), px(32))
        lines = Lines(self.theme, self.theme.font("small"), "\n".join(self.lines), round(area.width()))
        lines.paint(painter, area, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        painter.end()


class FolderRow(Themed, QWidget):
    """Says in which folder the chat begins and with what, with a way out of it."""

    def __init__(self, theme: Theme, name: str, words: str, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        px = theme.px
        title = _("This chat begins in the folder “{folder}”.").format(folder=name)
        self.label = Label(theme, paragraph((title, words)), "small", "muted", wraps=True, parent=self)
        self.leave = Button(theme, _("Not in it"), kind=ButtonKind.QUIET, size=ButtonSize.SMALL, parent=self)
        self.leave.setAccessibleName(_("Begin outside of the folder {folder}").format(folder=name))
        self.leave.setToolTip(self.leave.accessibleName())
        row = QHBoxLayout(self)
        set_margins(row, px(28), 0, 0, 0)
        row.setSpacing(px(12))
        row.addWidget(self.label, 1)
        row.addWidget(self.leave)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sign of a folder before the words."""
        painter = QPainter(self)
        area = QRectF(0, 0, self.theme.px(20), self.height())
        self.theme.paint_icon(painter, placed(self, area, self.rect()), "folder", "muted", 18)
        painter.end()


class StartPage(Themed, QWidget):
    """Lies over the empty conversation, as large as it."""

    persona_chosen = Signal(str)
    question_chosen = Signal(str)
    template_chosen = Signal(str)
    all_requested = Signal()
    left = Signal()
    folder_left = Signal()

    def __init__(self, theme: Theme, pictures: Pictures, over: QWidget) -> None:
        QWidget.__init__(self, over)
        self.theme = theme
        self._over = over
        self._pictures = pictures
        self._entries: Sequence[LibraryPersona] = ()
        self._chosen: LibraryPersona | None = None
        self._folder: tuple[str, str] = ("", "")
        self.folder_row: FolderRow | None = None
        self.tiles: list[PersonaTile] = []
        self.questions: list[Button] = []
        self.templates: list[Button] = []
        self.greeting: SelectableText | None = None
        self._content: QWidget | None = None
        self._lengths: list[int] = []
        """How many tiles are in each line."""
        self._filling = QTimer(self, singleShot=True, interval=0)
        self._filling.timeout.connect(self._fill)
        self.hide()

    def show_entries(self, entries: Sequence[LibraryPersona]) -> None:
        """Offer `entries`, a person's own first."""
        usable = [entry for entry in entries if entry.persona is not None]
        self._entries = sorted(usable, key=lambda entry: not entry.is_own)[:MOST_TILES]
        self._change()

    def show_chosen(self, entry: LibraryPersona | None) -> None:
        """Greet as the persona that was chosen, or offer all of them."""
        if entry != self._chosen or self._content is None:
            self._chosen = entry
            self._change()

    def show_folder(self, name: str, words: str) -> None:
        """Say in which folder the chat begins, and with what; nothing where it begins in none."""
        if (name, words) != self._folder:
            self._folder = (name, words)
            self._change()

    def apply_theme(self) -> None:
        """Make everything again at the new text size."""
        self._change()
        super().apply_theme()

    def showEvent(self, event: QShowEvent) -> None:
        """Lie where the conversation is, which moves all that lies on it when it is scrolled."""
        super().showEvent(event)
        self._over.installEventFilter(self)
        if self._filling.isActive():
            self._fill()
        else:
            self._place()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look at nothing any more: all that is drawn of a conversation would be seen here first."""
        super().hideEvent(event)
        self._over.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Be as large as the conversation."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _change(self) -> None:
        """Make everything again: where nobody sees it, once, in a turn of its own."""
        if self.isVisible():
            self._fill()
        else:
            self._filling.start()

    def _fill(self) -> None:
        self._filling.stop()
        if self._content is not None:
            self._content.hide()
            self._content.deleteLater()
        self.tiles, self.questions, self.templates, self.greeting, self.folder_row = [], [], [], None, None
        area = UprightArea(self) if self._chosen is not None else None  # a greeting may be long
        content = ScrolledBody() if area is not None else QWidget(self)
        if self._folder[0]:
            self.folder_row = FolderRow(self.theme, *self._folder, content)
            self.folder_row.leave.clicked.connect(self.folder_left)
        if self._chosen is not None:
            self._greet(self._chosen, content)
        else:
            self._offer(content)
        if isinstance(content, ScrolledBody) and area is not None:
            area.show_body(content)
        self._content = area or content
        self._content.show()
        self._place()

    def _offer(self, content: QWidget) -> None:
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.theme.px(4))
        if self.folder_row is not None:
            column.addWidget(self.folder_row)
        rows = self._rows()
        self._lengths = [len(row) for row in rows]
        for row in rows:
            line = QHBoxLayout()
            line.setSpacing(self.theme.px(4))
            line.addStretch(1)
            for entry in row:
                tile = PersonaTile(self.theme, self._pictures, entry, content)
                tile.clicked.connect(lambda _on=False, key=entry.key: self.persona_chosen.emit(key))
                self.tiles.append(tile)
                line.addWidget(tile)
            line.addStretch(1)
            column.addLayout(line)
        self.all = Button(self.theme, _("All personas"), kind=ButtonKind.QUIET, size=ButtonSize.SMALL, parent=content)
        self.all.clicked.connect(self.all_requested)
        column.addWidget(self.all, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def _rows(self) -> list[Sequence[LibraryPersona]]:
        """Return the personas in lines of equal length, as many as there is room for; the page has them all."""
        room = max(1, self._width() // self.theme.px(TILE_WIDTH + 4))
        lines = -(-len(self._entries) // room) if self._entries else 0
        each = -(-len(self._entries) // lines) if lines else 1
        below = self._over.height() // 2 - self.theme.px(BELOW_HINT) - self.theme.px(36)
        if self.folder_row is not None:
            below -= self.folder_row.heightForWidth(self._width()) + self.theme.px(4)
        most = max(0, below // self.theme.px(TILE_HEIGHT + 4))
        rows = [self._entries[place : place + each] for place in range(0, len(self._entries), each)]
        return rows[:most]

    def _greet(self, entry: LibraryPersona, content: QWidget) -> None:
        from desktop_app.gui.widgets.selectable_text import SelectableText  # most chats begin without a persona

        theme, px = self.theme, self.theme.px
        persona = entry.persona
        assert persona is not None
        words = persona.greeting or persona.description or _("Ask anything.")
        other = Button(theme, _("Without it"), kind=ButtonKind.QUIET, size=ButtonSize.SMALL, parent=content)
        other.setAccessibleName(_("Begin without {persona}").format(persona=entry.name))
        other.setToolTip(other.accessibleName())
        other.clicked.connect(self.left)
        self.greeting = SelectableText(theme, entry.name, words, content)
        head = QHBoxLayout()
        head.setSpacing(px(12))
        head.addWidget(PersonaPicture(theme, self._pictures, entry.picture, 40, content))
        head.addWidget(ElidedLabel(theme, entry.name, "body", weight=SEMIBOLD, parent=content), 1)
        head.addWidget(other)
        flow = Flow(theme, content)
        for question in persona.questions:
            button = Button(theme, question, size=ButtonSize.SMALL, parent=flow)
            button.clicked.connect(lambda _on=False, text=question: self.question_chosen.emit(text))
            self.questions.append(button)
            flow.add(button)
        for title in persona.templates:
            button = Button(theme, title, size=ButtonSize.SMALL, icon="document", parent=flow)
            button.setAccessibleName(_("Insert the template {title}").format(title=title))
            button.clicked.connect(lambda _on=False, title=title: self.template_chosen.emit(title))
            self.templates.append(button)
            flow.add(button)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, px(24), 0, 0)
        column.setSpacing(px(12))
        if self.folder_row is not None:
            column.addWidget(self.folder_row)
        column.addLayout(head)
        column.addWidget(self.greeting)
        column.addSpacing(px(4))
        column.addWidget(flow)
        column.addStretch(1)

    def _width(self) -> int:
        over = self._over
        margin = 2 * self.theme.px(20)
        return max(1, min(over.width() - margin, self.theme.px(self.theme.chat_width)))

    def _place(self) -> None:
        over, content = self._over, self._content
        self.setGeometry(over.rect())
        if content is None:
            return
        if self._chosen is None and self._lengths != [len(row) for row in self._rows()]:
            self._fill()
            return
        width = self._width()
        left = (over.width() - width) // 2
        top = 0 if self._chosen is not None else over.height() // 2 + self.theme.px(BELOW_HINT)
        height = over.height() - top
        content.setVisible(self._chosen is not None or height >= self._least_height(content, width))
        content.setGeometry(left, top, width, max(1, height))

    @staticmethod
    def _least_height(content: QWidget, width: int) -> int:
        layout = content.layout()
        assert layout is not None
        return layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
