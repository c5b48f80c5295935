"""Editors for words: a list of them, and words with a number each."""

import re
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.gui.forms.form import Field
from desktop_app.gui.look.mirroring import paint_words, placed, set_margins
from desktop_app.gui.look.theme import MEDIUM, Theme, Themed
from desktop_app.gui.panel.sampling.parameter_row import VALUE_OVERHANG
from desktop_app.gui.widgets.controls import Button, ElidedLabel, IconButton, Label, RingedButton
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.numbers import NumberField, ValueSlider
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.support.i18n import _

FIRST_WEIGHT = 5.0
"""What a new word begins with: a push that shows, and forces nothing."""
_SIGNS = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\"}
_BACK = {written: sign for sign, written in _SIGNS.items()}


def shown_word(word: str) -> str:
    """Return `word` as it is shown: line breaks as \\n, and in quotation marks where spaces would be missed."""
    written = "".join(_SIGNS.get(letter, letter) for letter in word)
    return f"“{written}”" if written != written.strip() else written


def typed_word(text: str) -> str:
    """Return what a person means who typed `text`: \\n stands for a line break."""
    return re.sub(r"\\[ntr\\]", lambda found: _BACK[found.group()], text)


class Chip(RingedButton):
    """A word that a click, or Delete, takes out of its list."""

    def __init__(self, theme: Theme, word: str, parent: QWidget) -> None:
        super().__init__(theme, shown_word(word), parent)
        self.word = word
        words = _("Remove {word}").format(word=shown_word(word))
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the font."""
        self.setFont(self.theme.font("label"))
        super().apply_theme()

    def sizeHint(self) -> QSize:
        """The room for word and cross, within the panel's width."""
        px = self.theme.px
        return QSize(min(self.fontMetrics().horizontalAdvance(self.text()) + px(40), px(270)), px(30))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Delete and Backspace as clicks."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw word and cross."""
        px, colors = self.theme.px, self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = "selected" if self.isDown() else "hover_raised" if self.underMouse() else "raised"
        paint_box(painter, self.rect(), self.theme, fill=fill, line="line", ring=self.has_ring)
        area = QRectF(px(10), 0, self.width() - px(36), self.height())
        painter.setFont(self.font())
        painter.setPen(colors.text)
        paint_words(painter, placed(self, area.adjusted(0, 0, 1, 0), self.rect()), self.text())
        cross = placed(self, QRectF(self.width() - px(24), 0, px(16), self.height()), self.rect())
        self.theme.paint_icon(painter, cross, "close", "muted", 14)
        painter.end()


class WordEntry(Themed, QWidget):
    """A field and a button that add a word; `added` carries it."""

    added = Signal(str)

    def __init__(self, theme: Theme, spec: Field, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._most = spec.most
        self.field = QLineEdit(self)
        self.field.setMaxLength(spec.longest)
        self.field.setAccessibleName(_("Add to {list}").format(list=_(spec.title)))
        self.field.setAccessibleDescription(_(spec.description))
        self.button = Button(theme, _("Add"), parent=self)
        self.button.setAccessibleName(self.field.accessibleName())
        row = self._row = QHBoxLayout(self)
        row.addWidget(self.field, 1)
        row.addWidget(self.button)
        self.field.returnPressed.connect(self._add)
        self.button.clicked.connect(self._add)
        self.allow(0)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        set_margins(self._row, 0, 0, px(VALUE_OVERHANG), 0)
        self._row.setSpacing(px(8))
        super().apply_theme()

    def allow(self, count: int) -> None:
        """Take more words while there are fewer than the list can have."""
        room = count < self._most
        self.field.setEnabled(room)
        self.button.setEnabled(room)
        words = _("A word or phrase") if room else _("No more than {most} fit").format(most=self._most)
        self.field.setPlaceholderText(words)

    def _add(self) -> None:
        word = typed_word(self.field.text())
        self.field.clear()
        if word:
            self.added.emit(word)


class WordList(Themed, QWidget):
    """Edits a field that holds words; `edited` carries all of them."""

    edited = Signal(object)

    def __init__(self, theme: Theme, spec: Field, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.words: tuple[str, ...] = ()
        self.chips: list[Chip] = []
        self._flow = Flow(theme, self)
        self.entry = WordEntry(theme, spec, self)
        column = self._column = QVBoxLayout(self)
        column.addWidget(Label(theme, _(spec.title), "body", parent=self))
        column.addWidget(Label(theme, _(spec.description), "small", "muted", wraps=True, parent=self))
        column.addWidget(self._flow)
        column.addWidget(self.entry)
        self.entry.added.connect(self._add)
        self.set_value(())
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        self._column.setContentsMargins(0, 0, 0, px(4))
        self._column.setSpacing(px(6))
        super().apply_theme()

    def set_value(self, words: Sequence[str]) -> None:
        """Show `words` without telling anybody."""
        if tuple(words) != self.words:
            for chip in self.chips:
                self._flow.remove(chip)
            self.chips = []
            for word in words:
                self._show(word)
            self.words = tuple(words)
        self._flow.setVisible(bool(self.words))
        self.entry.allow(len(self.words))

    def _show(self, word: str) -> None:
        chip = Chip(self.theme, word, self._flow)
        chip.clicked.connect(lambda: self._remove(chip))
        self._flow.add(chip)
        chip.show()
        self.chips.append(chip)

    def _add(self, word: str) -> None:
        if word not in self.words:
            self._take((*self.words, word))

    def _remove(self, chip: Chip) -> None:
        place = self.chips.index(chip)
        self._take(tuple(word for word in self.words if word != chip.word))
        rest: list[QWidget] = [*self.chips, self.entry.field]
        rest[min(place, len(rest) - 1)].setFocus(Qt.FocusReason.OtherFocusReason)

    def _take(self, words: tuple[str, ...]) -> None:
        self.set_value(words)
        self.edited.emit(words)


class WeightRow(Themed, QWidget):
    """A word with a number, and a way to take it out."""

    def __init__(self, theme: Theme, spec: Field, word: str, weight: float, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        assert spec.scale is not None
        self.theme = theme
        self.word = word
        named = shown_word(word)
        label = ElidedLabel(theme, named, "body", weight=MEDIUM, parent=self)
        self.field = NumberField(theme, spec.scale, parent=self)
        self.remove = IconButton(theme, "close", _("Remove {word}").format(word=named), side=28, parent=self)
        self.slider = ValueSlider(theme, spec.scale, 0.0, self)
        for widget in (self.field, self.slider):
            widget.setAccessibleName(_("How likely {word} is").format(word=named))
            widget.setAccessibleDescription(_(spec.description))
        top = self._top = QHBoxLayout()
        top.addWidget(label, 1)
        top.addWidget(self.field)
        top.addWidget(self.remove)
        track = self._track = QHBoxLayout()
        track.addWidget(self.slider)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addLayout(track)
        self.show_weight(weight)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        self._top.setSpacing(px(4))
        set_margins(self._track, 0, 0, px(VALUE_OVERHANG), 0)
        super().apply_theme()

    def show_weight(self, weight: float) -> None:
        """Show a number in both controls."""
        self.field.set_value(weight)
        self.slider.set_value(weight)


class WordWeights(Themed, QWidget):
    """Edits a field that holds words with a number each; `edited` carries all of them."""

    edited = Signal(object)

    def __init__(self, theme: Theme, spec: Field, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._spec = spec
        self.weights: dict[str, float] = {}
        self.rows: dict[str, WeightRow] = {}
        self.entry = WordEntry(theme, spec, self)
        column = self._column = QVBoxLayout(self)
        column.addWidget(Label(theme, _(spec.title), "body", wraps=True, parent=self))
        column.addWidget(Label(theme, _(spec.description), "small", "muted", wraps=True, parent=self))
        self._inside = QVBoxLayout()
        column.addLayout(self._inside)
        column.addWidget(self.entry)
        self.entry.added.connect(self._add)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        self._column.setContentsMargins(0, 0, 0, px(4))
        self._column.setSpacing(px(6))
        self._inside.setSpacing(px(4))
        super().apply_theme()

    def set_value(self, weights: Mapping[str, float]) -> None:
        """Show `weights` without telling anybody."""
        for word in [word for word in self.rows if word not in weights]:
            row = self.rows.pop(word)
            self._inside.removeWidget(row)
            row.hide()
            row.deleteLater()
        for word, weight in weights.items():
            if word in self.rows:
                self.rows[word].show_weight(weight)
            else:
                self._show(word, weight)
        self.weights = dict(weights)
        self.entry.allow(len(self.weights))

    def _show(self, word: str, weight: float) -> None:
        row = WeightRow(self.theme, self._spec, word, weight, self)
        row.field.value_edited.connect(lambda value: self._change(word, value))
        row.slider.value_changed.connect(lambda value: self._change(word, value))
        row.remove.clicked.connect(lambda: self._remove(word))
        self.rows[word] = row
        self._inside.addWidget(row)

    def _add(self, word: str) -> None:
        if word not in self.weights:
            self._take({**self.weights, word: FIRST_WEIGHT})
            self.rows[word].slider.setFocus(Qt.FocusReason.TabFocusReason)

    def _change(self, word: str, weight: float) -> None:
        self._take({**self.weights, word: weight})

    def _remove(self, word: str) -> None:
        self._take({each: weight for each, weight in self.weights.items() if each != word})
        self.entry.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take(self, weights: dict[str, float]) -> None:
        self.set_value(weights)
        self.edited.emit(weights)
