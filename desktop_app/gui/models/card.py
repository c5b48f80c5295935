"""A card of the Models page: what those of every kind have in common."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout

from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.controls import Badge, Button, ButtonKind, ButtonSize, Card, IconButton, Label
from desktop_app.gui.widgets.name_label import NameLabel
from desktop_app.support.i18n import _


class ModelCard(Card):
    """A name, a badge and details on the left, controls on the right, or below where it is narrow."""

    details_requested = Signal()
    always_below = False
    """Whether the details stand below the name even where there is room beside it, so that all cards of a list are alike."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme)
        px = theme.px
        self._is_narrow: bool | None = None
        self.name = NameLabel(theme, name, "body", weight=SEMIBOLD, parent=self)
        self.name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(name)
        self.details = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.head = QHBoxLayout()
        self.head.setSpacing(px(8))
        self.head.addWidget(self.name)
        self.words = QBoxLayout(
            QBoxLayout.Direction.TopToBottom if self.always_below else QBoxLayout.Direction.LeftToRight
        )
        self.words.setSpacing(px(8))
        self.words.addLayout(self.head)
        self.words.addWidget(self.details, 1)
        self.controls = QHBoxLayout()
        self.controls.setSpacing(px(8))
        self.row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.row.setSpacing(px(8))
        self.row.addLayout(self.words, 1)
        self.row.addLayout(self.controls)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(px(16), px(14), px(16), px(14))
        self.column.setSpacing(px(8))
        self.column.addLayout(self.row)

    def add_badge(self, text: str, color: str) -> Badge:
        """Put a badge beside the name."""
        badge = Badge(self.theme, text, color, self)
        self.head.addWidget(badge, 0, Qt.AlignmentFlag.AlignVCenter)
        return badge

    def add_button(self, text: str, name: str, kind: ButtonKind = ButtonKind.OUTLINE) -> Button:
        """Add a control; `name` is what screen readers say."""
        button = Button(self.theme, text, kind=kind, size=ButtonSize.SMALL, parent=self)
        button.setAccessibleName(name)
        self.controls.addWidget(button)
        return button

    def add_info(self, key: str) -> None:
        """Add a button that asks for the details, as a click on the name does; `key` tells of which model."""
        self.key = key
        words = _("About {model}").format(model=self.name.text())
        self.info = IconButton(self.theme, "info", words, parent=self)
        self.info.clicked.connect(self.details_requested)
        self.name.clicked.connect(self.details_requested)
        self.name.setCursor(Qt.CursorShape.PointingHandCursor)
        self.controls.addWidget(self.info)

    def set_narrow(self, narrow: bool) -> None:
        """Put the controls below the words, or beside them; where they are there already, nothing is laid out anew."""
        if narrow is self._is_narrow:
            return
        self._is_narrow = narrow
        self.row.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        self.row.setAlignment(self.controls, Qt.AlignmentFlag.AlignRight if narrow else Qt.AlignmentFlag(0))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the details below the name where they do not fit beside it."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Do so with other words, too."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    @property
    def _room(self) -> int:
        """How wide the words may be."""
        margins = self.column.contentsMargins()
        room = self.width() - margins.left() - margins.right()
        if self.row.direction() in (QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.RightToLeft):
            room -= self.controls.sizeHint().width() + self.words.spacing()
        return room

    def _fit(self) -> None:
        gap = self.words.spacing()
        wanted = self.head.sizeHint().width() + gap + self.details.fontMetrics().horizontalAdvance(self.details.text())
        beside = not self.always_below and wanted + 1 <= self._room
        self.words.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self.head.setAlignment(Qt.AlignmentFlag(0) if beside else Qt.AlignmentFlag.AlignLeft)
