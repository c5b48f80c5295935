"""Every user-visible string goes through here; gettext's catalogues lie in resources/locale."""

import gettext
import os

from desktop_app.support.paths import resources

DOMAIN = "inglenook"


class Translator:
    """The chosen language; swapped as a whole when the person chooses another."""

    def __init__(self) -> None:
        self._catalogue: gettext.NullTranslations = gettext.NullTranslations()

    def use(self, language: str) -> None:
        """Use `language` ('de', 'pt_BR', or '' for the system's); English where no catalogue is."""
        languages = [language] if language else os.environ.get("LANGUAGE", os.environ.get("LANG", "en")).split(":")
        self._catalogue = gettext.translation(DOMAIN, resources() / "locale", languages, fallback=True)

    def text(self, message: str) -> str:
        """Return `message` in the chosen language."""
        return self._catalogue.gettext(message) if message else ""

    def plural(self, singular: str, plural: str, count: int) -> str:
        """Return the form for `count`, its `{count}` not yet filled in."""
        return self._catalogue.ngettext(singular, plural, count)


translator = Translator()
"""The one piece of state that gettext's `_` convention cannot do without."""

_ = translator.text
ngettext = translator.plural
