"""How a model is split over graphics cards and other computers: a share for each, where that is not left to the planner."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.hardware import Hardware
from desktop_app.domain.model_defaults import LARGEST_SHARE
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import IconButton, Label, Rule
from desktop_app.gui.widgets.long_text import LongText
from desktop_app.gui.widgets.numbers import NumberField
from desktop_app.gui.widgets.scale import Scale
from desktop_app.services.words import hardware_words
from desktop_app.support.i18n import _

SHARES = Scale(low=0.0, high=LARGEST_SHARE, step=1.0)


class SplitRows(QWidget):
    """A line with the help, and one for each device; hidden where there are not several. `changed` carries all shares."""

    changed = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.fields: dict[str, NumberField] = {}
        self._rows: dict[str, QWidget] = {}
        px = theme.px
        title = _("Split over devices")
        help_words = _(
            "How much of the layers each graphics card or other computer takes, as shares: 3 and 1 are three quarters and one. Empty leaves it to the free memory."
        )
        self.reset = IconButton(theme, "undo", _("Reset {name}").format(name=title), side=28)
        self.reset.clicked.connect(lambda: self.changed.emit({}))
        texts = QVBoxLayout()
        texts.setSpacing(px(2))
        texts.addWidget(Label(theme, title, "body", wraps=True))
        texts.addWidget(Label(theme, help_words, "small", "muted", wraps=True))
        head = QHBoxLayout()
        head.setContentsMargins(0, px(10), 0, px(10))
        head.setSpacing(px(12))
        head.addLayout(texts, 1)
        head.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignVCenter)
        self._lines = QVBoxLayout()
        self._lines.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Rule(theme, room=0))
        column.addLayout(head)
        column.addLayout(self._lines)
        self.hide()

    def show_devices(self, cards: Sequence[Hardware], servers: Sequence[str], shares: Mapping[str, float]) -> None:
        """Offer a share for each of several devices: `cards` of this computer, and those of `servers` by their names.

        Those that are set are shown for devices that have gone, too.
        """
        there = {
            card.name: _("{card} ({name})").format(card=hardware_words.title(card), name=card.name) for card in cards
        }
        there |= {server: _("{name} (other computer)").format(name=server) for server in servers}
        names = dict.fromkeys([*(there if len(there) > 1 else ()), *shares])
        for name in [name for name in self.fields if name not in names]:
            self._remove(name)
        for name in names:
            self._add(name, there.get(name) or _("{name} (not available now)").format(name=name))
        for name, field in self.fields.items():
            field.set_value(shares.get(name))
        self.reset.setVisible(bool(shares))
        self.setVisible(bool(self.fields))

    def _add(self, name: str, words: str) -> None:
        if name in self.fields:
            return
        field = NumberField(self._theme, SHARES, empty_text=_("automatic"), outlined=True)
        field.setAccessibleName(_("Share of {card}").format(card=words))
        field.value_edited.connect(lambda value: self._edited(name, value))
        self.fields[name] = field
        row = self._rows[name] = QWidget()
        line = QHBoxLayout(row)
        set_margins(line, 0, 0, 0, self._theme.px(10))
        line.setSpacing(self._theme.px(12))
        label = LongText(self._theme, role="body", wraps=True)  # the end tells cards of one kind apart
        label.setText(words)
        line.addWidget(label, 1)
        line.addWidget(field)
        self._lines.addWidget(row)

    def _remove(self, name: str) -> None:
        del self.fields[name]
        row = self._rows.pop(name)
        self._lines.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _edited(self, name: str, value: float | None) -> None:
        """Take a share; the first one that is set makes the others ones, and an emptied one sets all free."""
        if value is None:
            self.changed.emit({})
            return
        shares = {each: 1.0 if field.value is None else field.value for each, field in self.fields.items()}
        self.changed.emit(shares | {name: float(value)})
