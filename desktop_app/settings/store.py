"""The settings on disk: a JSON file that holds only what differs from the defaults."""

from pathlib import Path
from typing import Any

import msgspec

from desktop_app.domain.errors import ErrorCode, ErrorInfo, SettingsError
from desktop_app.settings.json_file import JsonFile, Submit
from desktop_app.settings.schema import Settings
from desktop_app.support.publisher import Publisher

Sections = dict[str, dict[str, Any]]
_decode = msgspec.json.Decoder(Sections).decode


class SettingsStore:
    """The person's settings, checked on the way in and written as they change.

    What a newer release wrote and this one does not know is kept. A value that is out of bounds
    falls back to its default, alone; a file that cannot be read at all is put aside. `problems`
    says what was met then, and `troubled` tells when writing fails. With `submit` (an executor's)
    writing happens elsewhere, in order.
    """

    def __init__(self, file: Path, submit: Submit | None = None) -> None:
        self.changed: Publisher[Settings] = Publisher()
        self._file = JsonFile(file, submit)
        self.troubled = self._file.troubled
        self.problems: tuple[ErrorInfo, ...] = ()
        self._sections = self._file.read(_decode, self._note) or {}
        self._value = self._checked()

    @property
    def value(self) -> Settings:
        """All settings as they are now."""
        return self._value

    def change(self, section: str, name: str, value: object) -> None:
        """Set one value; raises SettingsError SETTING_INVALID and changes nothing where it is not allowed."""
        fields = _defaults(section)
        if name not in fields:
            raise SettingsError(ErrorCode.SETTING_INVALID, "no such setting", section=section, name=name)
        kept = {key: known for key, known in self._sections.get(section, {}).items() if key != name}
        plain = msgspec.to_builtins(value)
        if plain != fields[name]:
            kept[name] = plain
        try:
            _convert({**self._known_values(), section: {**self._known_values().get(section, {}), name: plain}})
        except msgspec.ValidationError as error:
            raise SettingsError(ErrorCode.SETTING_INVALID, str(error), section=section, name=name) from error
        self._take({**self._sections, section: kept})

    def reset(self, section: str | None = None, name: str | None = None) -> None:
        """Go back to the default of one value, of a section, or of everything."""
        sections = dict(self._sections)
        for known in Settings.__struct_fields__ if section is None else (section,):
            fields = _defaults(known) if name is None else {name: None}
            sections[known] = {key: value for key, value in sections.get(known, {}).items() if key not in fields}
        self._take(sections)

    def _take(self, sections: Sections) -> None:
        self._sections = {name: values for name, values in sections.items() if values}
        self._value = _convert(self._known_values())
        self._file.write(lambda: self._sections)
        self.changed.publish(self._value)

    def _checked(self) -> Settings:
        """Return the settings with every value that is not allowed left at its default."""
        good: Sections = {}
        for section, values in self._known_values().items():
            for name, value in values.items():
                try:
                    _convert({section: {name: value}})
                except msgspec.ValidationError as error:
                    self._note(self._file.problem(ErrorCode.SETTING_INVALID, str(error), section=section, name=name))
                    del self._sections[section][name]
                else:
                    good.setdefault(section, {})[name] = value
        return _convert(good)

    def _known_values(self) -> Sections:
        known: Sections = {}
        for section in Settings.__struct_fields__:
            fields = _defaults(section)
            values = self._sections.get(section, {})
            known[section] = {name: value for name, value in values.items() if name in fields}
        return known

    def _note(self, problem: ErrorInfo) -> None:
        self.problems = (*self.problems, problem)


def _defaults(section: str) -> dict[str, object]:
    """Return a section's fields with their defaults as plain values; empty for an unknown section."""
    struct = getattr(Settings(), section, None)
    if struct is None:
        return {}
    return {name: msgspec.to_builtins(getattr(struct, name)) for name in struct.__struct_fields__}


def _convert(sections: Sections) -> Settings:
    return msgspec.convert(sections, Settings)
