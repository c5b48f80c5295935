"""The cards of the page of prompt templates, side by side in as many columns as there is room for."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.gui.look.mirroring import placed, set_margins
from desktop_app.gui.look.theme import SEMIBOLD, Theme, Themed
from desktop_app.gui.widgets.controls import Badge, Button, ButtonSize, Card, IconButton, Label
from desktop_app.gui.widgets.name_label import NameLabel
from desktop_app.gui.widgets.stack import Holder
from desktop_app.services.words.error_text import explain
from desktop_app.services.writing.prompt_library import LibraryTemplate
from desktop_app.support.i18n import _

LEAST_WIDTH = 340
"""A card gets no narrower than this, in pixels at 100 %, where two could stand side by side."""
MOST_COLUMNS = 2
GAP = 10


class StarButton(IconButton):
    """Says whether a template is a favourite, and changes it; `toggled_star` has what is wanted."""

    toggled_star = Signal(bool)

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, "star", "", parent=parent)
        self._title = title
        self._on = False
        self.clicked.connect(lambda: self.toggled_star.emit(not self._on))
        self.set_on(False)

    def set_on(self, on: bool) -> None:
        """Show that the template is a favourite, or that it is not."""
        self._on = on
        words = _("Remove {title} from the favourites") if on else _("Add {title} to the favourites")
        icon, color = ("star-on", "accent") if on else ("star", "muted")
        self.set_icon(icon, words.format(title=self._title), color)


class TemplateCard(Card):
    """A title, one line about it, a star, and the way to use it; a mistake in its file stands in place of the line."""

    opened = Signal()
    favourite_requested = Signal(bool)

    def __init__(self, theme: Theme, entry: LibraryTemplate, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent=parent)
        px = theme.px
        self.entry = entry
        self.name = NameLabel(theme, entry.title, "body", weight=SEMIBOLD, parent=self)
        self.name.setCursor(Qt.CursorShape.PointingHandCursor)
        self.name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.name.clicked.connect(self.opened)
        self.about = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.star = StarButton(theme, entry.title, self)
        self.star.toggled_star.connect(self.favourite_requested)
        broken = entry.template is None
        self.use = Button(theme, _("Fix") if broken else _("Use"), size=ButtonSize.SMALL, parent=self)
        self.use.setAccessibleName(
            (_("Fix the template {title}") if broken else _("Use the template {title}")).format(title=entry.title)
        )
        self.use.clicked.connect(self.opened)
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(self.name)
        if entry.is_own:
            head.addWidget(Badge(theme, _("yours"), "good", self), 0, Qt.AlignmentFlag.AlignVCenter)
        head.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(px(2))
        words.addStretch(1)
        words.addLayout(head)
        words.addWidget(self.about)
        words.addStretch(1)
        row = QHBoxLayout(self)
        set_margins(row, px(16), px(12), px(12), px(12))
        row.setSpacing(px(8))
        row.addLayout(words, 1)
        row.addWidget(self.star)
        row.addWidget(self.use)
        self.show_entry(entry)

    def show_entry(self, entry: LibraryTemplate) -> None:
        """Take over what may change without another card: the star, the description, the mistake."""
        self.entry = entry
        template = entry.template
        if template is not None:
            self.about.set_color("muted")
            self.about.setText(template.description or first_line(template.body))
        elif entry.error is not None:
            self.about.set_color("bad")
            self.about.setText(explain(entry.error).sentence)
        self.star.set_on(entry.favourite)


def matches(entry: LibraryTemplate, words: Sequence[str], folder: str, *, favourites: bool) -> bool:
    """Whether a template is in `folder` (empty for any), a favourite if asked for, and has all of the words."""
    template = entry.template
    if (folder and entry.folder != folder) or (favourites and not entry.favourite):
        return False
    about = f"{template.description} {' '.join(template.tags)}" if template is not None else ""
    text = f"{entry.title} {entry.folder} {about}".casefold()
    return all(word in text for word in words)


class CardGrid(Themed, Holder):
    """Cards of one height in equal columns; hidden ones take no room."""

    def __init__(self, theme: Theme) -> None:
        Holder.__init__(self)
        self.theme = theme
        self._cards: list[QWidget] = []
        self._expected = 0
        self._heights: dict[int, int] = {}
        """How high cards are at widths that were asked for; it is asked again and again while nothing changes."""
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def expect(self, count: int) -> None:
        """Keep room for so many cards: those that are there do not move while the others come."""
        self._expected = count
        self._heights.clear()
        QCoreApplication.postEvent(self, QEvent(QEvent.Type.LayoutRequest))

    def insert(self, place: int, card: QWidget) -> None:
        """Put a card in front of the one at `place`; they are laid out in the next turn of the event loop."""
        card.setParent(self)
        if place > 0:
            QWidget.setTabOrder(self._cards[place - 1], card)
        self._cards.insert(place, card)
        self._heights.clear()
        QCoreApplication.postEvent(self, QEvent(QEvent.Type.LayoutRequest))

    def remove(self, card: QWidget) -> None:
        """Hold a card no more."""
        self._cards.remove(card)
        self._heights.clear()
        QCoreApplication.postEvent(self, QEvent(QEvent.Type.LayoutRequest))

    def hand_over(self) -> list[QWidget]:
        """Hold no card any more."""
        cards, self._cards = self._cards, []
        self._heights.clear()
        return cards

    def sizeHint(self) -> QSize:
        """One column."""
        return QSize(self.theme.px(LEAST_WIDTH), self.heightForWidth(self.theme.px(LEAST_WIDTH)))

    def minimumSizeHint(self) -> QSize:
        """A narrow column."""
        return QSize(self.theme.px(200), self._height(self.theme.px(200)))

    def heightForWidth(self, width: int) -> int:
        """As many rows as are needed."""
        columns = self._columns(width)
        rows = -(-max(len(self._shown()), self._expected) // columns)
        return rows * self._height(self._card_width(width)) + max(0, rows - 1) * self.theme.px(GAP)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the new width."""
        super().resizeEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
        """Arrange anew when a card was hidden or shown."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self._heights.clear()
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
            self.updateGeometry()
        return super().event(event)

    def _shown(self) -> list[QWidget]:
        return [card for card in self._cards if not card.isHidden()]

    def _columns(self, width: int) -> int:
        gap = self.theme.px(GAP)
        return max(1, min(MOST_COLUMNS, (width + gap) // (self.theme.px(LEAST_WIDTH) + gap)))

    def _card_width(self, width: int) -> int:
        columns = self._columns(width)
        return (width - (columns - 1) * self.theme.px(GAP)) // columns

    def _height(self, width: int) -> int:
        """Return how high cards of this width are: as high as the one that says most."""
        if width not in self._heights:
            self._heights[width] = max((card.heightForWidth(width) for card in self._shown()), default=0)
        return self._heights[width]

    def _place(self) -> None:
        columns, gap, width = self._columns(self.width()), self.theme.px(GAP), self._card_width(self.width())
        height = self._height(width)
        for place, card in enumerate(self._shown()):
            row, column = divmod(place, columns)
            area = QRect(column * (width + gap), row * (height + gap), width, height)
            card.setGeometry(placed(self, area, self.rect()))


def first_line(text: str) -> str:
    """Return the beginning of a prompt that has no description."""
    return " ".join(text[:200].split())
