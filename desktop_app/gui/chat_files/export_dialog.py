"""The dialog that asks what a chat, or all of them, are to be exported as."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

from desktop_app.domain.exports import ExportFormat, ExportOptions
from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.option import Answer, AnswerButton
from desktop_app.gui.dialogs.room import fix
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.switch_row import SwitchRow
from desktop_app.support.i18n import _

WIDTH = 520
"""How wide the dialog is where there is room, in pixels at 100 %."""
INSET = 12
"""How far the switches stand in from the boxes above them."""


class ExportDialog(AppDialog):
    """Asks for a format and what goes into the files; `chosen` has both, and closing chooses nothing."""

    chosen = Signal(object, object)

    def __init__(self, theme: Theme, title: str, kind: ExportFormat, parent: QWidget) -> None:
        """`kind` is chosen already; an empty `title` stands for all chats."""
        super().__init__(theme, _("Export"), parent)
        px = theme.px
        heading = _("Export “{title}”").format(title=title) if title else _("Export all chats")
        self.buttons = [AnswerButton(theme, answer, self) for answer in _answers(is_all=not title)]
        next(button for button in self.buttons if button.answer.value is kind).setChecked(True)
        rows = [
            SwitchRow(theme, words, self, INSET)
            for words in (
                _("All branches, not only the one that is shown"),
                _("What models thought before they answered"),
                _("How each word was chosen, where it was recorded"),
            )
        ]
        self.branches, self.thoughts, self.traces = (row.switch for row in rows)
        self.thoughts.setChecked(True)
        self.traces.setChecked(True)
        self._rows = {row.switch: row for row in rows}
        foot = self.make_foot(_("Choose a place…"))
        self.accept_button.setDefault(True)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(8))
        column.addWidget(Label(theme, heading, "title", wraps=True, parent=self))
        for button in self.buttons:
            column.addWidget(button)
            button.toggled.connect(self._offer)
        column.addSpacing(px(4))
        for row in self._rows.values():
            column.addWidget(row)
        column.addStretch(1)
        column.addSpacing(px(8))
        column.addLayout(foot)
        self.accept_button.clicked.connect(self._accept)
        width = min(px(WIDTH), max(px(360), parent.window().width() - px(32)))
        for button in self.buttons:  # a layout takes the height that words have in the widest dialog for the greatest
            button.setFixedHeight(button.heightForWidth(width - 2 * px(24)))
        self._rows[self.traces].hide()
        fix(self, column, width)  # with the two rows that most have: nothing jumps when another is chosen
        self._offer()
        self._checked().setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def kind(self) -> ExportFormat:
        """The format that is chosen now."""
        kind = self._checked().answer.value
        assert isinstance(kind, ExportFormat)
        return kind

    def _checked(self) -> AnswerButton:
        return next(button for button in self.buttons if button.isChecked())

    def _offer(self) -> None:
        """Show the switches that mean something for the format."""
        is_json = self.kind is ExportFormat.JSON
        for switch, row in self._rows.items():
            row.setVisible((switch is self.traces) is is_json)

    def _accept(self) -> None:
        kind = self.kind
        options = ExportOptions(
            all_branches=self.branches.isChecked(),
            thoughts=self.thoughts.isChecked(),
            traces=self.traces.isChecked(),
        )
        self.accept()
        self.chosen.emit(kind, options)


def _answers(*, is_all: bool) -> list[Answer]:
    return [
        Answer(
            ExportFormat.MARKDOWN,
            _("Markdown"),
            _("Text with simple marks, for notes and editors. A file for each chat.")
            if is_all
            else _("Text with simple marks, for notes and editors."),
        ),
        Answer(
            ExportFormat.HTML,
            _("Web page"),
            _("Opens in any browser and loads nothing from the network. A file for each chat.")
            if is_all
            else _("Opens in any browser, and loads nothing from the network."),
        ),
        Answer(
            ExportFormat.PDF,
            _("PDF"),
            _("Pages to print or to send. A file for each chat.") if is_all else _("Pages to print or to send."),
        ),
        Answer(
            ExportFormat.JSON,
            _("JSON"),
            _("Everything, with all branches, in one file. Importing it gives the same chats again."),
        ),
    ]
