"""What the tabs of the right panel have in common: one column of parts that scrolls."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.scrolled_body import ScrolledBody, UprightArea, keep_room_for_bar


class TabPage(Themed, UprightArea):
    """A page of the panel. Parts go into `column`, with `body` as their parent."""

    trailing = 8
    """The room between the parts and the scroll bar, in pixels at 100 %."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        UprightArea.__init__(self, parent)
        self.theme = theme
        keep_room_for_bar(self)
        self.body = ScrolledBody()
        self.column = QVBoxLayout(self.body)
        self.show_body(self.body)

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        set_margins(self.column, 0, px(4), px(self.trailing), px(16))
        self.column.setSpacing(px(8))
        super().apply_theme()
