"""A field for a passphrase: hidden, unless the person wants to see it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from desktop_app.domain.locking import LONGEST_CHARACTERS
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.accessible import Spoken
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize
from desktop_app.support.i18n import _


class PassphraseField(Spoken, QWidget):
    """A line with a button that shows what is typed."""

    changed = Signal()
    entered = Signal()

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLineEdit(self)
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.setMaxLength(LONGEST_CHARACTERS)
        self.line.setAccessibleName(name)
        self.setAccessibleName(name)
        self.line.setPlaceholderText(name)
        self.line.setFont(theme.font("body"))
        self.line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.line.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhHiddenText
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
        )
        self.reveal = Button(theme, _("Show"), kind=ButtonKind.QUIET, size=ButtonSize.SMALL, parent=self)
        self.reveal.setAccessibleName(_("Show what is typed"))
        self.reveal.setCheckable(True)
        self._show_typed(True)
        wide = self.reveal.sizeHint().width()
        self._show_typed(False)
        self.reveal.setFixedWidth(max(wide, self.reveal.sizeHint().width()))  # two fields end at the same edge
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(4))
        row.addWidget(self.line, 1)
        row.addWidget(self.reveal)
        self.line.textChanged.connect(lambda _text: self.changed.emit())
        self.line.returnPressed.connect(self.entered)
        self.reveal.toggled.connect(self._show_typed)
        self.setFocusProxy(self.line)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.line.text()

    def clear(self) -> None:
        """Forget what was typed, and hide what comes."""
        self.line.clear()
        self.reveal.setChecked(False)

    def _show_typed(self, shows: bool) -> None:
        self.line.setEchoMode(QLineEdit.EchoMode.Normal if shows else QLineEdit.EchoMode.Password)
        self.reveal.set_content(_("Hide") if shows else _("Show"))
