"""Rows for files that were chosen for a model: its draft model, and its adapters."""

from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.domain.model_defaults import Adapter
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import ElidedLabel, IconButton
from desktop_app.gui.widgets.numbers import NumberField
from desktop_app.gui.widgets.scale import Scale
from desktop_app.support.i18n import _

ADAPTER_SCALE = Scale(low=-4.0, high=4.0, step=0.05)


class FileRow(QWidget):
    """A file that was chosen, and a way to take it out."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._label = ElidedLabel(theme, "", "body")
        self.remove = IconButton(theme, "close", "", side=28)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, theme.px(10))
        row.setSpacing(theme.px(12))
        row.addWidget(self._label, 1)
        row.addWidget(self.remove)

    def show_file(self, path: str) -> None:
        """Show the name of `path`."""
        name = Path(path).name
        self._label.setText(name)
        self._label.setToolTip(path)
        words = _("Remove {name}").format(name=name)
        self.remove.setToolTip(words)
        self.remove.setAccessibleName(words)


class AdapterRow(QWidget):
    """One LoRA adapter: its file, how strongly it is applied, and a way to take it out."""

    def __init__(self, theme: Theme, adapter: Adapter) -> None:
        super().__init__()
        name = Path(adapter.path).name
        label = ElidedLabel(theme, name, "body")
        label.setToolTip(adapter.path)
        self.scale = NumberField(theme, ADAPTER_SCALE, outlined=True)
        self.scale.setAccessibleName(_("Strength of {adapter}").format(adapter=name))
        self.scale.setToolTip(_("1 is as it was trained, 0 is without it."))
        self.scale.set_value(adapter.scale)
        self.remove = IconButton(theme, "close", _("Remove {adapter}").format(adapter=name), side=28)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, theme.px(10))
        row.setSpacing(theme.px(12))
        row.addWidget(label, 1)
        row.addWidget(self.scale)
        row.addWidget(self.remove)
