"""What the settings page says of where the chats are, with the ways to take them out, bring them in and back them up."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from desktop_app.domain.backups import Backup
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Button, Label
from desktop_app.gui.widgets.titled_card import TitledCard
from desktop_app.services.chat_files.outline import moment
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _, ngettext


class ChatsCard(TitledCard):
    """A heading and a card with three rows."""

    export_requested = Signal()
    import_requested = Signal()
    backup_requested = Signal()
    restore_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, _("Your chats"), spacing=12)
        self.state = Label(theme, "", "small", "muted", wraps=True)
        self.back_up = self.make_button(_("Back up now"), self.backup_requested)
        self.restore = self.make_button(_("Restore a chat…"), self.restore_requested)
        self.inside.addLayout(self._row(_("Backups"), self.state, (self.back_up, self.restore)))
        self.add_rule()
        words = _("As Markdown, web pages, PDF, or as JSON, which can be imported again with all branches.")
        self.export = self.make_button(_("Export all…"), self.export_requested)
        about = Label(theme, words, "small", "muted", wraps=True)
        self.inside.addLayout(self._row(_("Files to keep or pass on"), about, (self.export,)))
        self.add_rule()
        words = _(
            "From ChatGPT, Claude, Open WebUI, LM Studio, Jan, GPT4All, llama.cpp, text-generation-webui, or a file that "
            "was exported here."
        )
        self.bring = self.make_button(_("Import…"), self.import_requested)
        about = Label(theme, words, "small", "muted", wraps=True)
        self.inside.addLayout(self._row(_("Chats from other apps"), about, (self.bring,)))
        self.show_backups((), "")

    def show_backups(self, backups: Sequence[Backup], file: str) -> None:
        """Say where the chats are, how many backups there are, and when the last was made."""
        where = _("All chats are in {file}.").format(file=file) if file else ""
        if not backups:
            self.state.setText(paragraph([where, _("There is no backup yet.")]))
            return
        count = ngettext(
            "There is {count} backup, made {moment}.",
            "There are {count} backups, the last made {moment}.",
            len(backups),
        )
        words = count.format(count=len(backups), moment=moment(backups[0].made_at))
        self.state.setText(paragraph([where, words]))

    def _row(self, title: str, about: Label, buttons: Sequence[Button]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(self._theme.px(2))
        column.addWidget(Label(self._theme, title, "body", wraps=True))
        column.addWidget(about)
        column.addSpacing(self._theme.px(6))
        row = QHBoxLayout()
        row.setSpacing(self._theme.px(8))
        for button in buttons:
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        column.addLayout(row)
        return column
