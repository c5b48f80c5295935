"""The other computers that may hold layers of models: their addresses, and what each of them says when it is asked."""

from collections.abc import Collection, Sequence

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop_app.domain.hardware import ELSEWHERE, Report
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.servers import LONGEST_ADDRESS, Flaw, ServerAnswer, Trouble, usable, with_address
from desktop_app.gui.forms.field_row import FieldRow
from desktop_app.gui.forms.form import fields_of
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Badge, Button, ButtonSize, ElidedLabel, IconButton, Label, Rule
from desktop_app.gui.widgets.titled_card import TitledCard
from desktop_app.services.words.server_words import answer_words, flaw_words
from desktop_app.settings.schema import ServerSettings
from desktop_app.support.i18n import _


class ServersCard(TitledCard):
    """A heading, a sentence, and a card with a row for each server, a field to add one, and a switch."""

    changed = Signal(str, object)
    """The name of a setting, and its new value."""
    reset_requested = Signal(str)
    check_requested = Signal(tuple)
    """The addresses of the servers to ask."""

    def __init__(self, theme: Theme) -> None:
        words = _(
            "A model that is larger than this computer can be split over others that run “inglenook serve-rpc”. "
            "Nothing is connected to before a model is loaded. There is no password and no encryption: use it only in "
            "a network that you trust."
        )
        super().__init__(theme, _("Other computers"), words=words)
        self._settings = ServerSettings()
        self._answers: dict[str, ServerAnswer] = {}
        self._remembered: dict[str, ServerAnswer] = {}
        self._asked: set[str] = set()
        self._users: dict[str, str] = {}
        inside = self.inside
        self.problem = Label(theme, "", "small", "bad", wraps=True)
        self.problem.hide()
        self._rows = QVBoxLayout()
        self._rows.setSpacing(theme.px(10))
        inside.addLayout(self._rows)
        self._add_field(inside)
        self.no_part = Label(theme, _no_part_words(), "small", "warn", wraps=True)
        self.no_part.hide()
        inside.addWidget(self.no_part)
        (spec,) = fields_of(ServerSettings, ("for_every_model",))
        self.every_model = FieldRow(theme, spec, first=False)
        self.every_model.committed.connect(lambda value: self.changed.emit(spec.name, value))
        self.every_model.reset_requested.connect(lambda: self.reset_requested.emit(spec.name))
        inside.addWidget(self.every_model)
        self.rows: dict[str, ServerRow] = {}
        self._show()

    def set_settings(self, settings: ServerSettings) -> None:
        """Show `settings` without telling anybody; what is no address in their file is left out, as the engines do it."""
        self._settings = msgspec.structs.replace(settings, addresses=usable(settings.addresses))
        self._show()

    def show_report(self, report: Report) -> None:
        """Say so where the engine has no part for other computers."""
        self.no_part.setVisible(report.engine is not None and ELSEWHERE not in report.engine.backends)

    def show_models(self, models: Sequence[ModelInfo]) -> None:
        """Show which servers loaded models are on."""
        self._users = {server: model.name for model in models for server in model.servers}
        self._update_rows()

    def show_asking(self, addresses: Collection[str]) -> None:
        """Show that these are being asked."""
        self._asked |= set(addresses)
        self._update_rows()

    def show_answers(self, answers: Sequence[ServerAnswer]) -> None:
        """Show what came of asking."""
        for answer in answers:
            self._answers[answer.address] = answer
            self._asked.discard(answer.address)
        self._update_rows()

    def show_remembered(self, answers: Sequence[ServerAnswer]) -> None:
        """Show what was said before this start of the app, until somebody asks anew."""
        self._remembered = {answer.address: answer for answer in answers}
        self._update_rows()

    def _add_field(self, inside: QVBoxLayout) -> None:
        theme = self._theme
        self.field = QLineEdit()
        self.field.setPlaceholderText("192.168.1.20:50052")
        self.field.setAccessibleName(_("Address of another computer"))
        self.field.setMaxLength(LONGEST_ADDRESS)
        self.field.setMaximumWidth(theme.px(320))
        self.field.returnPressed.connect(self._add)
        self.field.textEdited.connect(lambda _text: self.problem.hide())
        self.add = Button(theme, _("Add"), size=ButtonSize.SMALL)
        self.add.setAccessibleName(_("Add another computer"))
        self.add.clicked.connect(self._add)
        line = QHBoxLayout()
        line.setSpacing(theme.px(8))
        line.addWidget(self.field, 1000)
        line.addWidget(self.add, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addStretch(1)
        inside.addLayout(line)
        inside.addWidget(self.problem)

    def _add(self) -> None:
        addresses = with_address(self._settings.addresses, self.field.text())
        if isinstance(addresses, Flaw):
            self.problem.setText(flaw_words(addresses))
            self.problem.show()
            self.field.setFocus()
            return
        self.problem.hide()
        self.field.clear()
        self._change(addresses)

    def _remove(self, address: str) -> None:
        self._answers.pop(address, None)
        self._remembered.pop(address, None)
        self.field.setFocus()  # its button goes
        self._change(tuple(each for each in self._settings.addresses if each != address))

    def _change(self, addresses: tuple[str, ...]) -> None:
        """Tell of other addresses; the next change begins from them, though the settings come back only later."""
        self._settings = msgspec.structs.replace(self._settings, addresses=addresses)
        self.changed.emit("addresses", addresses)

    def _show(self) -> None:
        usual = ServerSettings().for_every_model
        self.every_model.show_value(self._settings.for_every_model, usual)
        self.every_model.setVisible(bool(self._settings.addresses))
        for address in [address for address in self.rows if address not in self._settings.addresses]:
            row = self.rows.pop(address)
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        for address in self._settings.addresses:
            if address not in self.rows:
                row = self.rows[address] = ServerRow(self._theme, address)
                row.check.clicked.connect(lambda _checked=False, address=address: self.check_requested.emit((address,)))
                row.remove.clicked.connect(lambda _checked=False, address=address: self._remove(address))
                self._rows.addWidget(row)
        self._update_rows()

    def _update_rows(self) -> None:
        for address, row in self.rows.items():
            row.show_state(
                self._answers.get(address),
                self._remembered.get(address),
                is_asked=address in self._asked,
                user=self._users.get(address, ""),
            )


class ServerRow(QWidget):
    """One server: its address, a badge, what it said, and buttons to ask it and to remove it."""

    def __init__(self, theme: Theme, address: str) -> None:
        super().__init__()
        px = theme.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        top = QHBoxLayout()
        top.setSpacing(px(8))
        name = ElidedLabel(theme, address, "body")
        name.setToolTip(address)
        top.addWidget(name, 1)
        self.badge = Badge(theme, "", "good")
        top.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignVCenter)
        self.check = Button(theme, _("Check"), size=ButtonSize.SMALL)
        self.check.setAccessibleName(_("Check {address}").format(address=address))
        top.addWidget(self.check)
        self.remove = IconButton(theme, "trash", _("Remove {address}").format(address=address), side=28)
        top.addWidget(self.remove)
        column.addLayout(top)
        self.words = Label(theme, "", "small", "muted", wraps=True)
        column.addWidget(self.words)
        column.addSpacing(px(6))
        column.addWidget(Rule(theme, room=0))

    def show_state(
        self, answer: ServerAnswer | None, before: ServerAnswer | None, *, is_asked: bool, user: str
    ) -> None:
        """Show the last answer, or that it is being waited for, or which loaded model uses the server now.

        `before` is what was said before this start of the app, which tells nothing of now.
        """
        self.check.setText(_("Checking…") if is_asked else _("Check"))
        self.check.set_waiting(waits=is_asked)
        self.check.setEnabled(not user)
        self.badge.setVisible(bool(user) or answer is not None)
        if user:
            self.badge.set_content(_("in use"), "accent")
            self.words.setText(_("It holds layers of {model}.").format(model=user))
        elif answer is None and before is not None:
            self.words.setText(_("When it was last asked: {words}").format(words=answer_words(before)))
        elif answer is None:
            self.words.setText(_("Not asked yet. It is asked when a model needs it, or when you check it."))
        else:
            is_good = answer.trouble is None
            self.badge.set_content(_("ready") if is_good else _("not usable"), "good" if is_good else "warn")
            self.words.setText(answer_words(answer))


def _no_part_words() -> str:
    return answer_words(ServerAnswer(address="", trouble=Trouble.NO_PART))
