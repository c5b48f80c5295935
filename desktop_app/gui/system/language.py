"""The chosen language in everything that Qt says by itself: its own dialogs, dates in calendars, and which side is first."""

from PySide6.QtCore import QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication

from desktop_app.settings.schema import Language
from desktop_app.support.i18n import ENGLISH, translator

_TRANSLATOR = "translatorOfQt"
"""The application's property with what translates for Qt itself: to look among its children for it takes long."""
WITH_LATIN_DIGITS = {"ar": "ar_AE"}
"""Where Qt takes other digits for a language without a country than `support.formats` does."""


def application() -> QApplication:
    """Return the application, which must have been made."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


def speak(app: QApplication, chosen: Language) -> None:
    """Use a language for all that is said from now on; what is shown already stays as it is."""
    translator.use("" if chosen is Language.SYSTEM else chosen.value)
    former = app.property(_TRANSLATOR)
    if isinstance(former, QTranslator):
        app.removeTranslator(former)
        former.deleteLater()
        app.setProperty(_TRANSLATOR, None)
    if translator.language != ENGLISH:
        made = QTranslator(app)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if made.load(f"qtbase_{translator.language}", folder):
            app.installTranslator(made)
            app.setProperty(_TRANSLATOR, made)
    QLocale.setDefault(locale())
    is_mirrored = translator.is_right_to_left
    app.setLayoutDirection(Qt.LayoutDirection.RightToLeft if is_mirrored else Qt.LayoutDirection.LeftToRight)


def locale() -> QLocale:
    """Return the chosen language as Qt knows it, with the system's country where that is known."""
    language = translator.language
    if language in WITH_LATIN_DIGITS or not translator.region or "_" in language:
        return QLocale(WITH_LATIN_DIGITS.get(language, language))
    return QLocale(f"{language}_{translator.region}")
