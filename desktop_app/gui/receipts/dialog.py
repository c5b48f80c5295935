"""The dialog with all of a receipt, by groups, below the few lines that matter most."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLayout, QScrollArea, QVBoxLayout, QWidget

from desktop_app.domain.messages import Message
from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import fit
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.receipts.block import ReceiptBlock
from desktop_app.gui.widgets.controls import Button, ButtonKind, Label
from desktop_app.gui.widgets.facts import Fact, Facts
from desktop_app.gui.widgets.scrolled_body import UprightArea
from desktop_app.services.insight.receipt_text import groups
from desktop_app.support.i18n import _

WIDTH, HEIGHT = 560, 620
"""How large the dialog is where there is room, in pixels at 100 %."""
LONG = 24
"""Characters from which on a value may break anywhere, and can be selected."""


class ReceiptDialog(AppDialog):
    """Shows the receipt of `answer`; its `block` has the signals."""

    def __init__(self, theme: Theme, answer: Message, parent: QWidget) -> None:
        super().__init__(theme, _("Receipt"), parent)
        px = theme.px
        self.facts: dict[str, Facts] = {}
        self.block = ReceiptBlock(theme)
        self.block.show_answer(answer)
        self.block.details.hide()
        self.close_button = Button(theme, _("Close"), kind=ButtonKind.PRIMARY, parent=self)
        self.close_button.setDefault(True)
        self.close_button.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        set_margins(column, px(24), px(20), px(12), px(20))
        column.setSpacing(px(12))
        column.addWidget(Label(theme, _("Receipt"), "title", parent=self))
        details = self._scrolling(answer)
        column.addWidget(details, 1)
        row = QHBoxLayout()
        set_margins(row, 0, 0, px(24), 0)
        row.addStretch(1)
        row.addWidget(self.close_button)
        column.addLayout(row)
        self.setTabOrder(details, self.close_button)
        room = parent.window().size() if parent is not None else self.screen().availableSize()
        fit(self, QSize(min(px(WIDTH), room.width() - px(32)), min(px(HEIGHT), room.height() - px(32))))
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _scrolling(self, answer: Message) -> QScrollArea:
        px = self.theme.px
        body = QWidget()
        body.setProperty("look", "page")
        column = QVBoxLayout(body)
        set_margins(column, 0, 0, px(12), 0)
        column.setSpacing(px(8))
        column.addWidget(self.block)
        for title, lines in groups(answer.receipt) if answer.receipt is not None else ():
            facts = self.facts[title] = Facts(self.theme)
            facts.set_facts([Fact(name, value, len(value) > LONG) for name, value, _note in lines])
            column.addSpacing(px(8))
            column.addWidget(Label(self.theme, title, "small", weight=SEMIBOLD))
            column.addWidget(facts)
        column.addStretch(1)
        begins = max((facts.names_width for facts in self.facts.values()), default=0)
        for facts in self.facts.values():
            facts.line_up(begins)
        area = UprightArea(self)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        area.show_body(body)
        area.setAccessibleName(_("Receipt"))
        area.setProperty("look", "reading")
        return area
