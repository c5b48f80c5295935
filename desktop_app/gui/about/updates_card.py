"""What the About page says of newer releases: whether to look, what was found, and how far an installer has come."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop_app.domain.sizes import readable_size
from desktop_app.domain.updates import News, Standing, UpdateFile
from desktop_app.gui.chat.markdown.operations import Operation
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.models.card_text import CardText
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize, Card, Label
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.long_text import LongText
from desktop_app.gui.widgets.progress_bar import ProgressBar
from desktop_app.gui.widgets.switch import Switch
from desktop_app.support.formats import iso_day, side_by_side
from desktop_app.support.i18n import _

CHOICE = 420
"""How wide the choice of an installer is at most, in pixels at 100 %."""


class UpdatesCard(Card):
    """Looks only where somebody asks or agreed, and brings an installer; whoever wants it starts that by hand."""

    agreed = Signal(bool)
    look_requested = Signal()
    fetch_requested = Signal(object)
    stop_requested = Signal()
    folder_requested = Signal()
    page_requested = Signal(str)

    def __init__(self, theme: Theme, page: QScrollArea) -> None:
        super().__init__(theme)
        self._page = page
        self._news: News | None = None
        self._files: Sequence[UpdateFile] = ()
        px = theme.px
        self.switch = Switch(theme)
        self.switch.setAccessibleName(_("Check for updates"))
        self.switch.clicked.connect(self.agreed)
        self.status = Label(theme, "", "body", wraps=True)
        self.look = Button(theme, _("Check now"), size=ButtonSize.SMALL)
        self.look.clicked.connect(self.look_requested)
        self.title = Label(theme, "", "body", weight=SEMIBOLD, wraps=True)
        self.changes: CardText | None = None
        self._changes = QVBoxLayout()
        self.choice = Choice(theme)
        self.choice.setAccessibleName(_("Installer"))
        self.choice.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMaximumWidth(px(CHOICE))
        self.fetch = Button(theme, _("Download"), kind=ButtonKind.PRIMARY, size=ButtonSize.SMALL)
        self.fetch.clicked.connect(lambda: self.fetch_requested.emit(self.choice.currentData()))
        self.stop = Button(theme, _("Stop"), size=ButtonSize.SMALL)
        self.stop.clicked.connect(self.stop_requested)
        self.folder = Button(theme, _("Show in its folder"), size=ButtonSize.SMALL)
        self.folder.clicked.connect(self.folder_requested)
        self.web = Button(theme, _("Download page"), size=ButtonSize.SMALL)
        self.web.clicked.connect(self._open_page)
        self.bar = ProgressBar(theme, _("Download of the update"))
        self.progress = LongText(theme, "", "small", "muted", wraps=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(14), px(16), px(14))
        column.setSpacing(px(10))
        column.addLayout(self._asking())
        row = QHBoxLayout()
        row.setSpacing(px(12))
        row.addWidget(self.status, 1)
        row.addWidget(self.look, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)
        self._found = self._make_found()
        column.addWidget(self._found)
        self._hide_news()
        self.show_source(is_there=True)

    def show_agreed(self, agreed: bool) -> None:
        """Show whether the app looks by itself."""
        self.switch.setChecked(agreed)

    def show_source(self, *, is_there: bool) -> None:
        """Say whether this build has somewhere to look."""
        for widget in (self.switch, self.look):
            widget.setEnabled(is_there)
        if not is_there:
            self._say(
                _("This build has no address for updates, so it cannot check for them. Check where you got it from.")
            )
        elif not self.status.text():
            self._say(_("Not checked since Inglenook was started."))

    def show_looking(self) -> None:
        """Say that the server is being asked."""
        self.look.set_waiting(waits=True)
        self._say(_("Checking…"))

    def show_error(self, words: str) -> None:
        """Say why nothing could be found out."""
        self.look.set_waiting(waits=False)
        self._say(words, "warn")

    def show_news(self, news: News, changes: Sequence[Operation], first: UpdateFile | None) -> None:
        """Show what was found, with what draws its changes, and the installer that is chosen to begin with."""
        self._news, self._files = news, news.files
        self.look.set_waiting(waits=False)
        self._hide_news()
        manifest = news.manifest
        if news.standing is Standing.NEWEST:
            self._say(_("This is the newest release."))
            return
        if news.standing is Standing.TOO_OLD:
            words = _(
                "This release is older than {minimum} and cannot be updated directly. The page of the update says how."
            )
            self._say(words.format(minimum=manifest.minimum))
        else:
            self._say(_("There is a newer release."))
        words = _("Inglenook {version}, of {date}")
        self.title.setText(words.format(version=manifest.version, date=iso_day(manifest.date)))
        self._found.show()
        if changes:
            self.changes = CardText(self.theme, self._page, changes)
            self.changes.link_activated.connect(self.page_requested)
            self._changes.addWidget(self.changes)
        self.choice.clear()
        for file in self._files:
            self.choice.addItem(side_by_side([file.name, readable_size(file.size)]), file)
        if first is not None:
            self.choice.setCurrentIndex(self._files.index(first))
        self.choice.setEnabled(True)
        self.choice.setVisible(len(self._files) > 1)
        self.fetch.setVisible(bool(self._files))

    def show_progress(self, file: UpdateFile, done: int) -> None:
        """Show how far an installer has come."""
        self.bar.set_fraction(done / file.size)
        words = _("{done} of {size}").format(done=readable_size(done), size=readable_size(file.size))
        self._show_fetching(words, fetches=True)

    def show_stopped(self, words: str = "") -> None:
        """Say that no more comes; `words` are why, where nobody asked for that."""
        self._show_fetching(words or _("Stopped. What has arrived is kept."), fetches=False)
        self.progress.set_color("warn" if words else "muted")

    def show_arrived(self, path: str) -> None:
        """Say where the installer is, and that it is whole."""
        words = _("{path} is here, its checksum right. Close Inglenook, then install it as you did this release.")
        self._show_fetching(words.format(path=path), fetches=False)
        self.fetch.hide()
        self.choice.hide()
        self.folder.show()

    def _make_found(self) -> QWidget:
        buttons = Flow(self.theme)
        for button in (self.fetch, self.stop, self.folder, self.web):
            buttons.add(button)
        self.web.show()
        found = QWidget()
        column = QVBoxLayout(found)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.theme.px(10))
        column.addWidget(self.title)
        column.addLayout(self._changes)
        for widget in (self.choice, buttons, self.bar, self.progress):
            column.addWidget(widget)
        return found

    def _asking(self) -> QHBoxLayout:
        px = self.theme.px
        words = _(
            "Asks once a day, when Inglenook starts, whether there is a newer release. The server learns this "
            "computer's address, as with any page that you open, and nothing else. Nothing is installed by itself."
        )
        texts = QVBoxLayout()
        texts.setSpacing(px(2))
        texts.addWidget(Label(self.theme, _("Check for updates"), "body", wraps=True))
        texts.addWidget(Label(self.theme, words, "small", "muted", wraps=True))
        row = QHBoxLayout()
        row.setSpacing(px(12))
        row.addLayout(texts, 1)
        row.addWidget(self.switch, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _say(self, words: str, color: str = "muted") -> None:
        self.status.setText(words)
        self.status.set_color(color)

    def _hide_news(self) -> None:
        for widget in (self._found, self.choice, self.fetch, self.stop, self.folder, self.bar, self.progress):
            widget.hide()
        if self.changes is not None:
            self._changes.removeWidget(self.changes)
            self.changes.hide()
            self.changes.deleteLater()
            self.changes = None

    def _show_fetching(self, words: str, *, fetches: bool) -> None:
        self.progress.set_color("muted")
        self.progress.setText(words)
        self.progress.show()
        self.bar.setVisible(fetches)
        self.stop.setVisible(fetches)
        self.fetch.setVisible(not fetches)
        self.choice.setEnabled(not fetches)

    def _open_page(self) -> None:
        if self._news is not None:
            self.page_requested.emit(self._news.manifest.page)
