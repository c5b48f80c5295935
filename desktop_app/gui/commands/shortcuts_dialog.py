"""All keyboard shortcuts on one page, for reading."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.gui.commands.actions import Entry
from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import fit
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import SEMIBOLD, Theme, Themed
from desktop_app.gui.widgets.accessible import Role, Spoken
from desktop_app.gui.widgets.controls import Button, ButtonKind, Label
from desktop_app.gui.widgets.key_names import written
from desktop_app.gui.widgets.painting import key_hint_width, paint_key_hint
from desktop_app.gui.widgets.scrolled_body import UprightArea
from desktop_app.support.i18n import _

_ANSWERS = (
    "stop", "continue_answer", "alternatives", "receipt", "run_again", "compare", "answer_otherwise", "copy_answer", "read_aloud",
    "edit_question", "regenerate", "previous_version", "next_version", "show_sureness", "received",
    "text_again", "text_at_cursor", "previous_take", "next_take",
)  # fmt: skip
_WINDOW = (
    "next_part", "previous_part", "toggle_sidebar", "toggle_panel", "zoom_in", "zoom_out", "zoom_reset", "focus_mode", "shortcuts", "new_window",
    "open_in_window", "close_window", "palette", "quit",
)  # fmt: skip
_PAGES = (
    "models", "personas", "chat_map", "choose_file", "templates", "notebook", "new_template", "import_templates", "tour", "measure",
    "settings", "own_data", "hardware", "about",
)  # fmt: skip
TWO_COLUMNS_FROM = 640
"""Pixels at 100 % from which the groups stand side by side."""


class Keys(Spoken, Themed, QWidget):
    """A shortcut, drawn as keys are."""

    spoken_role = Role.StaticText

    def __init__(self, theme: Theme, keys: QKeySequence) -> None:
        QWidget.__init__(self)
        self.theme = theme
        self._keys = written(keys)
        self.setAccessibleName(self._keys)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """The room for the keys."""
        return QSize(key_hint_width(self.theme, self._keys), self.theme.px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = key_hint_width(self.theme, self._keys)
        paint_key_hint(painter, QRectF(self.width() - width, 0, width, self.height()), self.theme, self._keys, "text")
        painter.end()


class ShortcutsDialog(AppDialog):
    """Lists the commands that have a shortcut, in groups; `change_requested` leads to where they are changed."""

    change_requested = Signal()

    def __init__(self, theme: Theme, entries: Sequence[Entry], parent: QWidget) -> None:
        super().__init__(theme, _("Keyboard shortcuts"), parent)
        px = theme.px
        width = min(px(760), parent.width() - 2 * px(16))
        area = UprightArea(self)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        area.setAccessibleName(_("Keyboard shortcuts"))
        area.setProperty("look", "boxed")
        area.show_body(self._groups(entries, 2 if width >= px(TWO_COLUMNS_FROM) else 1))
        self.area = area
        change = Button(theme, _("Change…"), parent=self)
        close = Button(theme, _("Close"), kind=ButtonKind.PRIMARY, parent=self)
        close.setDefault(True)
        change.clicked.connect(self._change)
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(12))
        column.addWidget(Label(theme, _("Keyboard shortcuts"), "title", parent=self))
        column.addWidget(area, 1)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(change)
        row.addStretch(1)
        row.addWidget(close)
        column.addLayout(row)
        fit(self, QSize(width, min(px(640), parent.height() - 2 * px(16))))
        area.setFocus(Qt.FocusReason.OtherFocusReason)

    def _groups(self, entries: Sequence[Entry], columns: int) -> QWidget:
        px = self.theme.px
        body = QWidget()
        body.setProperty("look", "page")
        row = QHBoxLayout(body)
        set_margins(row, 0, 0, px(12), 0)
        row.setSpacing(px(32))
        sides = [QVBoxLayout() for _side in range(columns)]
        for side in sides:
            side.setSpacing(px(4))
        for number, (heading, shown) in enumerate(grouped(entries)):
            side = sides[number % columns]
            side.addWidget(Label(self.theme, heading, "label", "muted", weight=SEMIBOLD))
            side.addLayout(self._group(shown))
            side.addSpacing(px(16))
        for side in sides:
            side.addStretch(1)
            row.addLayout(side, 1)
        return body

    def _group(self, entries: Sequence[Entry]) -> QVBoxLayout:
        px = self.theme.px
        column = QVBoxLayout()
        column.setSpacing(px(4))
        for entry in entries:
            line = QHBoxLayout()  # of its own: else the longest keys would take room from every name
            line.setSpacing(px(12))
            line.addWidget(Label(self.theme, entry.action.text(), "label", wraps=True), 1)
            line.addWidget(Keys(self.theme, entry.action.shortcut()), 0, Qt.AlignmentFlag.AlignVCenter)
            column.addLayout(line)
        return column

    def _change(self) -> None:
        self.accept()
        self.change_requested.emit()


def grouped(entries: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    """Return the commands that have a shortcut by what they concern, each group with its heading."""
    return by_concern([entry for entry in entries if not entry.action.shortcut().isEmpty()])


def by_concern(shown: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    """Return commands by what they concern, each group with its heading."""
    own = [entry for entry in shown if ":" in entry.name]
    placed = {*_ANSWERS, *_WINDOW, *_PAGES, *(entry.name for entry in own)}
    groups = [
        (_("Chats"), [entry for entry in shown if entry.name not in placed]),
        (_("Answers"), [entry for entry in shown if entry.name in _ANSWERS]),
        (_("Window"), [entry for entry in shown if entry.name in _WINDOW]),
        (_("Pages"), [entry for entry in shown if entry.name in _PAGES]),
        (_("Your own"), own),
    ]
    return [(heading, group) for heading, group in groups if group]
