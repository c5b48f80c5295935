"""The dialog for what should not have happened: calm words and a report that can be copied."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop_app.gui.dialogs.room import fit
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.controls import Button, ButtonKind, Label
from desktop_app.support.i18n import _


class CrashDialog(Themed, QDialog):
    """Shows `report`, which holds no chat text, and lets the person go on or quit."""

    quit_requested = Signal()

    def __init__(self, theme: Theme, report: str, parent: QWidget | None = None) -> None:
        QDialog.__init__(self, parent)
        self.theme = theme
        px = theme.px
        self.setWindowTitle(_("Something went wrong"))
        self.setPalette(theme.palette())
        self.setStyleSheet(theme.style_sheet())
        self.setModal(True)
        words = _(
            "Inglenook ran into a problem that it did not expect. Your chats are saved. You can usually go on; "
            "if it happens again, quit and restart it."
        )
        more = _("This report helps to find the cause. It holds no chat text, and it is sent nowhere by itself.")
        self.report = QPlainTextEdit(report, self)
        self.report.setReadOnly(True)
        self.report.setProperty("look", "report")
        self.report.setFont(theme.font("mono"))
        self.report.setAccessibleName(_("Report"))
        self.report.setTabChangesFocus(True)
        self.report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.copy_button = Button(theme, _("Copy report"), icon="copy", parent=self)
        self.quit_button = Button(theme, _("Quit"), parent=self)
        self.continue_button = Button(theme, _("Continue"), kind=ButtonKind.PRIMARY, parent=self)
        self.continue_button.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(12))
        column.addWidget(Label(theme, _("Something went wrong"), "title", parent=self))
        column.addWidget(Label(theme, words, "body", wraps=True, parent=self))
        column.addWidget(self.report, 1)
        column.addWidget(Label(theme, more, "small", "muted", wraps=True, parent=self))
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self.copy_button)
        row.addStretch(1)
        row.addWidget(self.quit_button)
        row.addWidget(self.continue_button)
        column.addLayout(row)
        self.copy_button.clicked.connect(self._copy)
        self.quit_button.clicked.connect(self._quit)
        self.continue_button.clicked.connect(self.accept)
        fit(self, QSize(px(600), px(420)))
        self.continue_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report.toPlainText())
        self.copy_button.set_content(_("Copied"), "check")

    def _quit(self) -> None:
        self.quit_requested.emit()
        self.reject()
