"""The row of sampling presets: three to click, all of them in a menu, and which one is in force."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from desktop_app.domain.presets import Preset, built_in, is_in_force
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.controls import Button, ButtonSize, IconButton, Label
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.menu_marks import mark
from desktop_app.support.i18n import _

QUICK = ("Precise", "Balanced", "Creative")
"""Those that have a button of their own."""


class PresetBar(Themed, QWidget):
    """Offers the presets; what becomes of one's own is asked for by signals, which carry the preset."""

    chosen = Signal(object)
    save_requested = Signal()
    update_requested = Signal(object)
    rename_requested = Signal(object)
    delete_requested = Signal(object)
    export_requested = Signal()
    import_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.own: tuple[Preset, ...] = ()
        self.base: Preset | None = None
        self.is_changed = False
        self._sampling = Sampling()
        self.quick: dict[str, Button] = {}
        self._row = Flow(theme, self)
        for preset in built_in():
            if preset.name in QUICK:
                button = Button(theme, _(preset.name), size=ButtonSize.SMALL, parent=self)
                button.setCheckable(True)
                button.clicked.connect(lambda _on=False, preset=preset: self._choose(preset))
                self.quick[preset.name] = button
                self._row.add(button)
        self.more = IconButton(theme, "more", _("All presets"), parent=self)
        self.more.clicked.connect(self._offer)
        self._row.add(self.more)
        self.state = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self._row)
        self._column.addWidget(self.state)
        self.apply_theme()
        self.show_sampling(self._sampling)

    def set_own(self, presets: Sequence[Preset]) -> None:
        """Offer these presets of the person's own."""
        self.own = tuple(presets)
        if self.base is not None and self.base not in built_in():
            self.base = next((preset for preset in self.own if preset.name == self.base.name), None)
        self._mark()

    def show_sampling(self, sampling: Sampling) -> None:
        """Show which preset is in force, as for a chat that was just opened."""
        self.base = None
        self.follow(sampling)

    def follow(self, sampling: Sampling) -> None:
        """Show whether the preset that was chosen last is still in force after a change."""
        self._sampling = sampling
        self._mark()

    def preset(self, name: str) -> Preset:
        """Return a preset by its name, one's own first; raises StopIteration for an unknown one."""
        return next(preset for preset in (*self.own, *built_in()) if preset.name == name)

    def menu(self) -> QMenu:
        """Return the menu of presets; the caller shows it."""
        menu = QMenu(self)
        for presets in (built_in(), self.own):
            for preset in presets:
                action = menu.addAction(self._named(preset).replace("&", "&&"))
                action.triggered.connect(lambda _on=False, preset=preset: self._choose(preset))
                mark(self.theme, action, preset == self.base, "muted" if self.is_changed else "accent")
            if presets:
                menu.addSeparator()
        icon = self.theme.icon
        menu.addAction(icon("plus"), _("Save as preset…"), self.save_requested.emit)
        base = self.base
        if base is not None and base in self.own:
            named = base.name.replace("&", "&&")
            update = menu.addAction(icon("regenerate"), _("Update “{name}”").format(name=named))
            update.triggered.connect(lambda: self.update_requested.emit(base))
            update.setEnabled(self.is_changed)
            rename = menu.addAction(icon("edit"), _("Rename “{name}”…").format(name=named))
            rename.triggered.connect(lambda: self.rename_requested.emit(base))
            delete = menu.addAction(icon("trash", "bad"), _("Delete “{name}”").format(name=named))
            delete.triggered.connect(lambda: self.delete_requested.emit(base))
        menu.addSeparator()
        menu.addAction(icon("import"), _("Import a preset…"), self.import_requested.emit)
        menu.addAction(icon("export"), _("Export these values…"), self.export_requested.emit)
        return menu

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        self._column.setContentsMargins(0, 0, 0, px(4))
        self._column.setSpacing(px(6))
        super().apply_theme()

    def _named(self, preset: Preset) -> str:
        return preset.name if preset in self.own else _(preset.name)

    def _choose(self, preset: Preset) -> None:
        self.base = preset
        self._mark()
        self.chosen.emit(preset)

    def _offer(self) -> None:
        menu = self.menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def _mark(self) -> None:
        fitting = [preset for preset in (*built_in(), *self.own) if is_in_force(preset, self._sampling)]
        if self.base not in fitting and fitting:
            self.base = fitting[0]
        self.is_changed = not fitting
        for name, button in self.quick.items():
            button.setChecked(not self.is_changed and self.base is not None and self.base.name == name)
        if self.base is None:
            words = _("Values of your own")
        elif self.is_changed:
            words = _("Preset: {name}, changed").format(name=self._named(self.base))
        else:
            words = _("Preset: {name}").format(name=self._named(self.base))
        self.state.setText(words)
