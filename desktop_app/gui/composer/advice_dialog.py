"""A small dialog that says what a question leaves open, and offers a template that asks for it."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from desktop_app.domain.prompt_hint import PromptHint
from desktop_app.gui.composer.advice_words import lack_words, template_title
from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import fix
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.controls import Button, ButtonKind, Label
from desktop_app.support.i18n import _

WIDTH = 480


class AdviceDialog(AppDialog):
    """Explains; what is typed stays as it is, unless the template takes its place."""

    template_requested = Signal(str)
    no_more_requested = Signal()

    def __init__(self, theme: Theme, hint: PromptHint, parent: QWidget | None = None) -> None:
        title = _("Your question leaves this open")
        super().__init__(theme, title, parent)
        px = theme.px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(4))
        column.addWidget(Label(theme, title, "title", wraps=True, parent=self))
        for lack in hint.lacks:
            name, advice = lack_words(lack)
            column.addSpacing(px(8))
            column.addWidget(Label(theme, name, "body", weight=SEMIBOLD, wraps=True, parent=self))
            column.addWidget(Label(theme, advice, "body", wraps=True, parent=self))
        closing = _(
            "You can send it as it is, too. A few rules look at English questions; nothing leaves this computer."
        )
        column.addSpacing(px(12))
        column.addWidget(Label(theme, closing, "small", "muted", wraps=True, parent=self))
        column.addSpacing(px(12))
        column.addLayout(self._buttons(template_title(hint)))
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        width = max(px(WIDTH), column.minimumSize().width())
        fix(self, column, width)

    def _buttons(self, template: str) -> QHBoxLayout:
        theme = self.theme
        self.no_more = Button(theme, _("Don’t show again"), kind=ButtonKind.QUIET, parent=self)
        self.close_button = Button(theme, _("Close"), parent=self)
        words = _("Use “{template}”").format(template=template)
        self.use = Button(theme, words, kind=ButtonKind.PRIMARY, parent=self)
        self.use.setAccessibleName(_("Use the template “{template}”").format(template=template))
        self.use.setToolTip(_("It asks for what is missing, and takes the place of what is typed."))
        self.use.setDefault(True)
        self.close_button.clicked.connect(self.reject)
        self.use.clicked.connect(lambda: self._end_with(lambda: self.template_requested.emit(template)))
        self.no_more.clicked.connect(lambda: self._end_with(self.no_more_requested.emit))
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        row.addWidget(self.no_more)
        row.addStretch(1)
        row.addWidget(self.close_button)
        row.addWidget(self.use)
        return row

    def _end_with(self, tell: Callable[[], None]) -> None:
        self.accept()
        tell()
