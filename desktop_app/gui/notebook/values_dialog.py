"""The values by which a model chooses what a text of the notebook goes on with."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from desktop_app.domain.sampling import Sampling
from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import fit
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.sampling.tab import ALL_GROUPS, SamplingTab
from desktop_app.gui.widgets.controls import Button, ButtonKind, Label
from desktop_app.support.i18n import _

WIDTH, HEIGHT = 400, 620


class ValuesDialog(AppDialog):
    """Holds the rows of the Sampling tab; its `tab` tells of each change at once, as beside a chat."""

    def __init__(self, theme: Theme, sampling: Sampling, parent: QWidget) -> None:
        super().__init__(theme, _("Values"), parent)
        px = theme.px
        self.tab = SamplingTab(theme, self)
        self.tab.presets.more.hide()  # what is chosen and kept there is chosen beside the text, and kept beside a chat
        self.tab.set_sampling(sampling)
        self.tab.groups.left_out = ("begin_with",)  # a text begins as it stands there
        self.tab.open([ALL_GROUPS])
        close = Button(theme, _("Close"), kind=ButtonKind.PRIMARY, parent=self)
        close.setDefault(True)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        set_margins(foot, 0, 0, px(12), 0)
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        set_margins(column, px(24), px(20), px(12), px(20))
        column.setSpacing(px(12))
        column.addWidget(Label(theme, _("Values"), "title", parent=self))
        column.addWidget(self.tab, 1)
        column.addLayout(foot)
        room = parent.window().size()
        fit(self, QSize(min(px(WIDTH), room.width() - px(32)), min(px(HEIGHT), room.height() - px(32))))
        close.setFocus(Qt.FocusReason.OtherFocusReason)

    def done(self, result: int) -> None:
        """Take what is typed in a field that was not left yet."""
        self.tab.settle()
        super().done(result)
