"""The first page a person sees: the ways to begin."""

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.controls import Badge, Button, ButtonKind, Card, Label
from desktop_app.gui.widgets.pages import ModelDropPage
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _

if TYPE_CHECKING:  # the first paint does without what is needed once something is downloaded
    from desktop_app.gui.widgets.progress_bar import ProgressBar

JOINER = "\u2060"
"""Keeps a line from ending where it stands."""


class Offer(NamedTuple):
    """What the first card offers: a model to get, or one that is on its way.

    `spoken` is the button's name for a screen reader. `fraction` says how far the download is, None for none.
    One that `is_taken` waits for what comes of it. `words` that are a problem are shown as one;
    `hint` is what else there is to know of them, where the mouse is held over them. The card has room for two lines of
    them: sentences with a line break between them stand below each other where one line would hold them all.
    """

    title: str
    words: str
    button: str
    spoken: str = ""
    badge: str = ""
    fraction: float | None = None
    is_taken: bool = False
    is_problem: bool = False
    hint: str = ""


class FirstRunPage(ModelDropPage):
    """Offers a model that suits this computer, the starter where this copy has one, or a model file of one's own.

    `offer_taken` tells of a click on what `show_offer` showed; without an offer the first card leads to the models.
    `import_requested` asks for the chats of another app.
    """

    offer_taken = Signal()
    starter_requested = Signal()
    models_requested = Signal()
    file_requested = Signal()
    import_requested = Signal()

    def __init__(self, theme: Theme, *, has_starter: bool = True) -> None:
        super().__init__(theme)
        self._has_starter = has_starter
        self.starter_button: QPushButton | None = None
        self.offer_button: Button | None = None
        self.file_button: QPushButton | None = None
        self.import_button: QPushButton | None = None
        self._offer: Offer | None = None
        self._found = self._words = ""

    def show_offer(self, offer: Offer | None) -> None:
        """Say on the first card what is offered; None leads to the models."""
        self._offer = offer
        if self.body is not None:
            self._fill_offer()

    def show_found(self, words: str) -> None:
        """Say which models are on this computer already, which the Models page lists; empty for none."""
        self._found = words
        if self.body is not None:
            self._fill_found()

    def showEvent(self, event: QShowEvent) -> None:
        """Let the keyboard begin at the main button."""
        super().showEvent(event)
        self._main_button().setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what has no room."""
        super().resizeEvent(event)
        if self.offer_button is not None:
            self._fit_offer()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Enter, where no button has the focus, as a click on the main one."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._main_button().click()
        else:
            super().keyPressEvent(event)

    def _main_button(self) -> QPushButton:
        button = self.starter_button if self._has_starter else self.offer_button
        assert button is not None
        return button

    def column_width(self) -> int:
        """Narrower than other pages: a few words and two choices."""
        return 576

    def build(self, column: QVBoxLayout) -> None:
        """Make the words and the cards."""
        theme = self.theme
        px = theme.px
        title = Label(theme, _("A chat assistant that stays at home"), "display", wraps=True)
        words = _(
            "Models run on this computer. Chats are kept in one file that is yours. "
            "Nothing is sent anywhere unless you ask for it."
        )
        column.addStretch(1)
        column.addWidget(title)
        column.addSpacing(px(8))
        column.addWidget(Label(theme, words, "body", "muted", wraps=True))
        column.addSpacing(px(20))
        column.addWidget(self._offer_card())
        column.addSpacing(px(12))
        if self._has_starter:
            column.addWidget(self._starter_card())
            column.addSpacing(px(12))
        column.addWidget(self._file_card())
        column.addSpacing(px(12))
        self.import_button = Button(theme, _("Bring your chats from another app"), kind=ButtonKind.QUIET, icon="import")
        self.import_button.clicked.connect(self.import_requested)
        column.addWidget(self.import_button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def _offer_card(self) -> QWidget:
        theme, px = self.theme, self.theme.px
        card = Card(theme, suggested=True)
        self.offer_button = Button(theme, "", kind=ButtonKind.PRIMARY, parent=card)
        self.offer_button.clicked.connect(self._take_offer)
        self._offer_title = Label(theme, "", "body", weight=SEMIBOLD)
        self._offer_badge = Badge(theme, "", "accent")
        self._offer_words = Label(theme, "", "small", "muted", wraps=True, parent=card)
        self._offer_words.setAlignment(self._offer_words.alignment() | Qt.AlignmentFlag.AlignTop)
        self._offer_bar: ProgressBar | None = None
        heading = QWidget(card)
        row = QHBoxLayout(heading)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(8))
        row.addWidget(self._offer_title)
        row.addWidget(self._offer_badge)
        row.addStretch(1)
        self._offer_column = self._card_column(card, heading, self.offer_button)
        self._offer_column.addWidget(self._offer_words)
        self._fill_offer()
        return card

    def _fill_offer(self) -> None:
        offer = self._offer or Offer(
            title=_("Get a model"),
            words="\n".join((_("Good ones that fit this computer."), _("Each is downloaded once."))),
            button=_("Find a model"),
        )
        assert self.offer_button is not None
        self._offer_title.setText(offer.title)
        self._offer_badge.set_content(offer.badge, "accent")
        whole_units = offer.words.replace("/", f"/{JOINER}")  # a line may end behind it: “tok/” “s”
        self._words = offer.words if offer.is_problem else whole_units  # which may have a long path
        self._offer_words.setToolTip(offer.hint)
        self._offer_words.set_color("bad" if offer.is_problem else "muted")
        self._fill_bar(offer)
        self.offer_button.set_content(offer.button)
        self.offer_button.setAccessibleName(offer.spoken or offer.button)
        self.offer_button.setAccessibleDescription(paragraph(offer.words.split("\n")))
        self.offer_button.set_waiting(waits=offer.is_taken)
        self._fit_offer()

    def _fill_bar(self, offer: Offer) -> None:
        """Show how far a download is, in the place of the second line of words; a problem may need that.

        The room for both lines is always there, so that nothing moves when it is known what suits the computer.
        """
        if offer.fraction is not None and self._offer_bar is None:
            from desktop_app.gui.widgets.progress_bar import ProgressBar

            self._offer_bar = ProgressBar(self.theme, offer.spoken)
            self._offer_bar.hide()
            self._offer_column.addWidget(self._offer_bar)
        has_bar = offer.fraction is not None and not offer.is_problem
        taken = self._offer_column.spacing() + self._offer_bar.sizeHint().height() if has_bar and self._offer_bar else 0
        self._offer_words.setMinimumHeight(self._offer_words.height_of(2) - taken)
        if self._offer_bar is not None:
            self._offer_bar.setAccessibleName(offer.spoken)
            self._offer_bar.set_fraction(offer.fraction or 0.0)
            self._offer_bar.setVisible(has_bar)

    def _fit_offer(self) -> None:
        """Leave the badge out where it would be cut: the outline says it too. Give the words the lines that they have."""
        assert self.offer_button is not None
        px = self.theme.px
        column = min(self.width() - px(2 * 24), px(self.column_width()))
        room = column - px(2 * 16 + 8) - self.offer_button.sizeHint().width()
        title = self._offer_title.fontMetrics().horizontalAdvance(self._offer_title.text())
        has_badge = self._offer is not None and bool(self._offer.badge)
        has_room = title + px(8) + self._offer_badge.sizeHint().width() <= room
        self._offer_badge.setVisible(has_badge and has_room)
        self._offer_title.setWordWrap(title > room)
        in_one = paragraph(self._words.split("\n"))
        fits = self._offer_words.fontMetrics().horizontalAdvance(in_one) <= column - px(2 * 16)
        self._offer_words.setText(self._words if fits else in_one)

    def _take_offer(self) -> None:
        (self.models_requested if self._offer is None else self.offer_taken).emit()

    def _starter_card(self) -> QWidget:
        words = _("A small model that comes with the app. Quick, but not very clever.")
        self.starter_button = Button(self.theme, _("Chat with the starter"))
        self.starter_button.clicked.connect(self.starter_requested)
        card, _words = self._card(_("Start right now"), words, self.starter_button)
        self.starter_button.setAccessibleDescription(words)
        return card

    def _file_card(self) -> QWidget:
        self.file_button = Button(self.theme, "")
        self.file_button.clicked.connect(lambda: (self.models_requested if self._found else self.file_requested).emit())
        card, self._file_words = self._card(_("Use a model you already have"), "", self.file_button)
        self._fill_found()
        return card

    def _fill_found(self) -> None:
        words = self._found or _("A GGUF file on this computer. You can also drop it here.")
        assert self.file_button is not None
        self._file_words.setText(words)
        self.file_button.setText(_("Choose one…") if self._found else _("Choose a file…"))
        self.file_button.setAccessibleDescription(words)

    def _card(self, title: str, words: str, button: QPushButton) -> tuple[QWidget, Label]:
        card = Card(self.theme)
        heading = Label(self.theme, title, "body", weight=SEMIBOLD, wraps=True, parent=card)
        column = self._card_column(card, heading, button)
        label = Label(self.theme, words, "small", "muted", wraps=True, parent=card)
        column.addWidget(label)
        return card, label

    def _card_column(self, card: QWidget, heading: QWidget, button: QPushButton) -> QVBoxLayout:
        """Return the layout of a card that begins with a heading and a button."""
        px = self.theme.px
        top = QHBoxLayout()
        top.setSpacing(px(8))
        top.addWidget(heading, 1, Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(button)
        column = QVBoxLayout(card)
        column.setContentsMargins(px(16), px(14), px(16), px(14))
        column.setSpacing(px(4))
        column.addLayout(top)
        return column
