"""A row of the panel for a form of answers: what is set, and the way to its editor."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.gui.forms.form import Field
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.panel.sampling.parameter_row import VALUE_OVERHANG
from desktop_app.gui.widgets.controls import Button, ButtonSize, IconButton, Label
from desktop_app.support.i18n import _, ngettext


class FormRow(Themed, QWidget):
    """A schema or a grammar in one line; it is written in a dialog of its own."""

    edit_requested = Signal()
    remove_requested = Signal()

    def __init__(self, theme: Theme, spec: Field, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        title = _(spec.title)
        self.state = Label(theme, "", "small", wraps=True, parent=self)
        self.remove = IconButton(theme, "close", _("Remove {word}").format(word=title), side=28, parent=self)
        policy = self.remove.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.remove.setSizePolicy(policy)
        self.edit = Button(theme, "", size=ButtonSize.SMALL, parent=self)
        self.edit.setAccessibleDescription(_(spec.description))
        self._title = title
        self.edit.clicked.connect(self.edit_requested)
        self.remove.clicked.connect(self._remove)
        texts = self._texts = QVBoxLayout()
        texts.addWidget(Label(theme, title, "body", parent=self))
        texts.addWidget(self.state)
        top = self._top = QHBoxLayout()
        top.addLayout(texts, 1)
        top.addWidget(self.remove)
        top.addWidget(self.edit)
        column = self._column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(Label(theme, _(spec.description), "small", "muted", wraps=True, parent=self))
        self.show_text("", "")
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        self._texts.setSpacing(px(2))
        set_margins(self._top, 0, 0, px(VALUE_OVERHANG), 0)
        self._top.setSpacing(px(4))
        self._column.setContentsMargins(0, 0, 0, px(4))
        self._column.setSpacing(px(4))
        super().apply_theme()

    def show_text(self, text: str, hindrance: str) -> None:
        """Show whether a form is set, and why it has no effect where it has none."""
        lines = text.count("\n") + 1
        words = ngettext("Set, {count} line", "Set, {count} lines", lines).format(count=lines) if text else _("Not set")
        self.state.setText(f"{words}, {hindrance}" if hindrance else words)
        self.state.set_color("muted" if not text or hindrance else "text")
        self.edit.set_content(_("Edit…") if text else _("Write…"))
        name = _("Edit {name}") if text else _("Write {name}")
        self.edit.setAccessibleName(name.format(name=self._title))
        self.remove.setVisible(bool(text))

    def _remove(self) -> None:
        self.remove_requested.emit()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
