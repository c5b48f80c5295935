"""What the settings page consists of."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, cast

from PySide6.QtWidgets import QWidget

from desktop_app.gui.forms.field_row import FieldRow
from desktop_app.gui.widgets.controls import Button

Part = TypeVar("Part", bound=QWidget)


@dataclass
class SettingSection:
    """A section's heading and its rows."""

    name: str
    heading: str
    rows: dict[str, FieldRow]
    reset: Button
    widget: QWidget


class Parted(Protocol):
    """A page whose parts are made one after another."""

    def make_rest(self) -> None:
        """Make all parts that are not there yet."""


class WhenAsked(Generic[Part]):
    """A part of a page, which keeps it with an underscore before its name: whoever asks for it has all of them made.

    None before the page was shown.
    """

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = f"_{name}"

    def __get__(self, page: Parted, _owner: type) -> Part | None:
        page.make_rest()
        return cast(Part | None, getattr(page, self._name))
