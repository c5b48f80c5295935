"""The About page: which release this is, newer ones, the way back to an older one, and what it is made of."""

from collections.abc import Sequence
from pathlib import Path

import PySide6
from PySide6.QtCore import QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.backups import Backup, Reason
from desktop_app.domain.updates import News, UpdateFile
from desktop_app.gui.about.parts_card import PartsCard
from desktop_app.gui.about.updates_card import UpdatesCard
from desktop_app.gui.chat.markdown.operations import Operation
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.controls import Button, ButtonSize, Card, Label
from desktop_app.gui.widgets.facts import Fact, Facts
from desktop_app.gui.widgets.long_text import LongText
from desktop_app.gui.widgets.pages import Page
from desktop_app.services.about import Row, details_text
from desktop_app.services.chat_files.outline import moment
from desktop_app.support.i18n import _
from desktop_app.support.notices import Part
from desktop_app.support.paths import resources
from desktop_app.support.version import VERSION

STACKED = 520
"""Below this width, in pixels at 100 %, the button stands below the title."""
COPIED_MS = 2000
LONG = 24
"""Characters from which on a value may break anywhere, and can be selected."""
ICON = 56


class AppIcon(Themed, QWidget):
    """The app's icon."""

    def __init__(self, theme: Theme) -> None:
        QWidget.__init__(self)
        self.theme = theme
        self._icon = QIcon(str(resources() / "icons" / "app.svg"))
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the size."""
        self.setFixedSize(QSize(self.theme.px(ICON), self.theme.px(ICON)))
        super().apply_theme()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        self._icon.paint(painter, QRectF(self.rect()).toRect())
        painter.end()


class AboutPage(Page):
    """Shows what the services tell; the signals are those of the card about updates."""

    agreed = Signal(bool)
    look_requested = Signal()
    fetch_requested = Signal(object)
    stop_requested = Signal()
    folder_requested = Signal()
    link_activated = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._rows: Sequence[Row] = ()
        self._parts: Sequence[Part] = ()
        self._backups: tuple[Sequence[Backup], str] = ((), "")
        self._news: tuple[News, Sequence[Operation], UpdateFile | None] | None = None
        self._agreed = False
        self._has_source = True
        self._head: QBoxLayout | None = None

    def build(self, column: QVBoxLayout) -> None:
        """Make the head and all sections."""
        theme = self.theme
        self.copy = Button(theme, _("Copy details"), icon="copy", size=ButtonSize.SMALL)
        self.copy.setToolTip(_("For a report about a mistake: the lines below, without anything of your chats"))
        self.copy.clicked.connect(self._copy)
        self.facts = Facts(theme)
        self.updates = self._updates_card()
        self.back = LongText(theme, "", "body", wraps=True)
        self.qt = LongText(theme, "", "body", wraps=True)
        self.qt.setText(qt_words())
        self.parts = PartsCard(theme)
        self.parts.page_requested.connect(self.link_activated)
        self._head = self._make_head()
        column.addLayout(self._head)
        column.addSpacing(theme.px(16))
        column.addWidget(self.facts)
        self.add_section(column, _("Updates"), self.updates)
        self.add_section(column, _("Going back to an earlier release"), self._card(self.back))
        self.add_section(column, _("Qt, and how to replace it"), self._card(self.qt))
        self.add_section(column, _("What Inglenook is made of"), self.parts)
        column.addStretch(1)
        self.show_details(self._rows)
        self.show_parts(self._parts)
        self.show_backups(*self._backups)
        self._stack()

    def show_agreed(self, agreed: bool) -> None:
        """Show whether the app looks for updates by itself."""
        self._agreed = agreed
        if self.body is not None:
            self.updates.show_agreed(agreed)

    def show_source(self, *, is_there: bool) -> None:
        """Say whether this build has somewhere to look for updates."""
        self._has_source = is_there
        if self.body is not None:
            self.updates.show_source(is_there=is_there)

    def show_news(self, news: News, changes: Sequence[Operation], first: UpdateFile | None) -> None:
        """Show what a look for updates brought."""
        self._news = (news, changes, first)
        if self.body is not None:
            self.updates.show_news(news, changes, first)

    def show_details(self, rows: Sequence[Row]) -> None:
        """Show what this copy is."""
        self._rows = rows
        if self.body is not None:
            self.facts.set_facts([Fact(name, value, len(value) > LONG) for name, value in rows])
            self.facts.setVisible(bool(rows))
            self.copy.setEnabled(bool(rows))

    def show_parts(self, parts: Sequence[Part]) -> None:
        """List what it is made of."""
        self._parts = parts
        if self.body is not None and parts:
            self.parts.show_parts(parts)

    def show_backups(self, backups: Sequence[Backup], file: str) -> None:
        """Say how the chats of before an update come back; `file` is where the chats are."""
        self._backups = (backups, file)
        if self.body is not None:
            self.back.setText(back_words(backups, file))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the button where there is room for it."""
        super().resizeEvent(event)
        self._stack()

    def _updates_card(self) -> UpdatesCard:
        card = UpdatesCard(self.theme, self)
        card.agreed.connect(self.agreed)
        card.look_requested.connect(self.look_requested)
        card.fetch_requested.connect(self.fetch_requested)
        card.stop_requested.connect(self.stop_requested)
        card.folder_requested.connect(self.folder_requested)
        card.page_requested.connect(self.link_activated)
        card.show_agreed(self._agreed)
        card.show_source(is_there=self._has_source)
        if self._news is not None:
            card.show_news(*self._news)
        return card

    def _make_head(self) -> QBoxLayout:
        px = self.theme.px
        texts = QVBoxLayout()
        texts.setSpacing(px(2))
        texts.addWidget(Label(self.theme, "Inglenook", "title"))
        words = _("Release {version}. Its own licence is Apache 2.0; what it contains of others has theirs.")
        texts.addWidget(Label(self.theme, words.format(version=VERSION), "body", "muted", wraps=True))
        title = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        title.setSpacing(px(16))
        title.addWidget(AppIcon(self.theme))
        title.addLayout(texts, 1)
        head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        head.setSpacing(px(12))
        head.addLayout(title, 1)
        head.addWidget(self.copy)
        return head

    def _card(self, words: Label) -> Card:
        px = self.theme.px
        card = Card(self.theme)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(px(16), px(14), px(16), px(14))
        inside.addWidget(words)
        return card

    def _stack(self) -> None:
        if self._head is not None:
            narrow = self.viewport().width() < self.theme.px(STACKED)
            across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
            self._head.setDirection(down if narrow else across)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(details_text(self._rows))
        self.copy.set_content(_("Copied"), "check")
        QTimer.singleShot(COPIED_MS, self.copy, lambda: self.copy.set_content(_("Copy details"), "copy"))


def qt_words() -> str:
    """Return the notice that Qt's licence asks for, with where its libraries are."""
    words = _(
        "Inglenook uses Qt and Qt for Python under the GNU Lesser General Public License, version 3, unchanged. "
        "They are libraries of their own in {folder}: close Inglenook, put a build of yours with the same interface in "
        "their place, and it runs with that one. Their sources and licence are named below, at “Qt”."
    )
    return words.format(folder=Path(PySide6.__file__).parent)


def back_words(backups: Sequence[Backup], file: str) -> str:
    """Return how to go back to an earlier release with the chats as they were."""
    before = next((backup for backup in backups if backup.reason is Reason.MIGRATION), None)
    if before is None:
        return _(
            "Before a release changes the form of the chats' file, it keeps a backup of it. No release has done that "
            "here yet, so an earlier one can be installed over this one, and finds the chats as they are."
        )
    words = _(
        "The chats as they were before the last update that changed their file are in {backup}, of {moment}. To go "
        "back: close Inglenook, move {file} aside, copy the backup to that name, and install the earlier release. "
        "The engine that worked last is kept, too, and stands in where a new one does not start."
    )
    return words.format(backup=before.path, moment=moment(before.made_at), file=file)
