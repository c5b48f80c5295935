"""The offer of the tour in an empty chat, for those who have not answered it yet."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Button, ButtonSize, Card, IconButton, Label
from desktop_app.support.i18n import _

TOP, WIDTH = 16, 460


class TourOffer(Card):
    """A line at the head of the empty conversation: what it is, a way in, and a way to be rid of it."""

    taken = Signal()
    dismissed = Signal()

    def __init__(self, theme: Theme, over: QWidget) -> None:
        super().__init__(theme, parent=over)
        self._over = over
        px = theme.px
        self.words = Label(theme, _("See in ten short steps how it works"), "label", "muted", wraps=True, parent=self)
        self.take = Button(theme, _("Show me"), size=ButtonSize.SMALL, parent=self)
        self.take.setAccessibleName(_("Begin the guided tour"))
        self.take.clicked.connect(self.taken)
        self.dismiss = IconButton(theme, "close", _("Do not offer the tour again"), parent=self)
        self.dismiss.clicked.connect(self.dismissed)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.words, 1)
        self._row.addWidget(self.take, 0, Qt.AlignmentFlag.AlignVCenter)
        self._row.addWidget(self.dismiss, 0, Qt.AlignmentFlag.AlignVCenter)
        set_margins(self._row, px(16), px(6), px(8), px(6))
        self.hide()

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        set_margins(self._row, px(16), px(6), px(8), px(6))
        self._place()
        super().apply_theme()

    def showEvent(self, event: QShowEvent) -> None:
        """Lie on top of what else is in the empty chat."""
        super().showEvent(event)
        self._over.installEventFilter(self)
        self._place()
        self.raise_()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look at nothing any more."""
        super().hideEvent(event)
        self._over.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the middle."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        px = self.theme.px
        width = max(1, min(px(WIDTH), self._over.width() - 2 * px(20)))
        self.setGeometry((self._over.width() - width) // 2, px(TOP), width, self._row.heightForWidth(width))
