"""A control that shows the dictionaries that are chosen, and lets any of those of this computer be chosen in a menu."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.menu_button import MenuButton
from desktop_app.gui.widgets.menu_marks import mark
from desktop_app.support.formats import listed
from desktop_app.support.i18n import _

WIDTH = 240
"""Pixels at 100 % that the names may take."""


class DictionaryButton(MenuButton):
    """`chosen` carries the languages as in 'de_AT', in the order of their names; none stands for those of the system."""

    chosen = Signal(tuple)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", self._fill_menu, parent)
        self._name = ""
        self._languages: tuple[str, ...] = ()
        self._offered: tuple[str, ...] = ()

    def offer(self, languages: Sequence[str]) -> None:
        """Offer these languages; one that is chosen is offered, too."""
        self._offered = tuple(languages)

    def show_languages(self, languages: Sequence[str]) -> None:
        """Show which are chosen."""
        self._languages = tuple(languages)
        words = listed(names_of(self._languages).values()) or _("Same as the system")
        room = self.theme.px(WIDTH)
        self.set_content(self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room).replace("&", "&&"))
        super().setAccessibleName(_("{filter}: {choice}").format(filter=self._name, choice=words))

    def setAccessibleName(self, name: str) -> None:
        """Say what is chosen behind the name."""
        self._name = name
        self.show_languages(self._languages)

    def _fill_menu(self, menu: QMenu) -> None:
        usual = menu.addAction(_("Same as the system"))
        mark(self.theme, usual, not self._languages)
        usual.triggered.connect(lambda: self.chosen.emit(()))
        menu.addSeparator()
        names = names_of({*self._offered, *self._languages})
        for language, name in names.items():
            action = menu.addAction(name.replace("&", "&&"))
            mark(self.theme, action, language in self._languages)
            action.triggered.connect(lambda checked, language=language: self._choose(language, is_wanted=checked))
        if not names:
            menu.addAction(_("This computer has no dictionaries")).setEnabled(False)

    def _choose(self, language: str, *, is_wanted: bool) -> None:
        others = (each for each in self._languages if each != language)
        self.chosen.emit(tuple(names_of({*others, *([language] if is_wanted else [])})))


def names_of(languages: "Sequence[str] | set[str]") -> Mapping[str, str]:
    """Return what languages such as 'de_AT' call themselves, in the order of these names; with their region, where they have one."""
    named = {language: _name_of(language) for language in languages}
    return dict(sorted(named.items(), key=lambda entry: (entry[1].casefold(), entry[0])))


def _name_of(language: str) -> str:
    locale = QLocale(language)
    if locale.language() is QLocale.Language.C:
        return language
    name = QLocale(locale.language()).nativeLanguageName() if "_" in language else locale.nativeLanguageName()
    name = name[:1].upper() + name[1:]
    if "_" not in language:
        return name
    is_known = locale.name() == language  # else Qt takes the usual region of the language
    region = locale.nativeTerritoryName() if is_known else language.partition("_")[2]
    return f"{name} ({region})"
