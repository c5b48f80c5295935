"""All screens with large text, in longer languages, from right to left and in small windows.

Nothing is cut or hidden, and nothing is wrong for somebody who uses the keyboard alone, or a screen reader.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.widgets.controls import Label
from desktop_app.settings.schema import Appearance, EngineSettings, Settings
from tests.screens import make_screens, pictures
from tests.screens.dialog_screens import GROUPS
from tests.screens.geometry import flaws
from tests.screens.pseudo import speak_english, speak_pseudo
from tests.walked_controls import Walk

SOAK = bool(os.environ.get("INGLENOOK_SOAK"))


class Way(NamedTuple):
    """How the screens are shown: the text size in percent, the window's size, the language, and the direction."""

    text_size: int
    size: tuple[int, int]
    is_longer: bool = False
    is_mirrored: bool = False


WAYS = (
    Way(200, (1280, 800)),
    Way(200, (1024, 768)),
    Way(100, (420, 640)),
    Way(100, (900, 640), is_longer=True),
    Way(100, (1280, 800), is_longer=True, is_mirrored=True),
    Way(200, (1024, 768), is_mirrored=True),
)
MOST_LOOKS = 10
LEAST_SCREENS, LEAST_CONTROLS = 20, 400
"""That are looked at in each of the ways."""
LARGEST = (1024, 768)
"""No dialog is larger than this screen."""


@pytest.fixture(params=WAYS, ids=lambda way: f"{way.text_size}-{way.size[0]}-{way.is_longer}-{way.is_mirrored}")
def way(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[Way]:
    """One of the ways, for as long as a test takes."""
    made: Way = request.param
    if made.is_mirrored:
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    if made.is_longer:
        speak_pseudo(from_right=made.is_mirrored)
    yield made
    speak_english()
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.fixture(scope="module")
def ringed() -> set[tuple[str, str]]:
    """The kinds of controls whose ring was looked at in any of the ways."""
    return set()


@pytest.fixture
def walk(ringed: set[tuple[str, str]]) -> Walk:
    """Looks at what the screens are for who does not see them, or has no mouse."""
    return Walk(ringed=ringed)


@pytest.fixture
def found(way: Way, walk: Walk, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The flaws of all screens that are shown from now on, rather than their pictures.

    Windows that are as narrow as they can be at 100 % are not meant for text of 200 %, nor for words that are longer
    than any of a real language.
    """
    seen: list[str] = []

    def look(widget: QWidget, file: Path) -> None:
        if (way.text_size == 200 or way.is_longer) and any(word in file.stem for word in ("420", "narrow")):
            return
        pictures.settle(widget)
        for _ in range(MOST_LOOKS):  # on a busy computer a layout may still have to follow what grew in it
            if not (found := flaws(widget)):
                break
            pictures.settle(widget, 20)
        seen.extend(f"{file.stem}: {flaw}" for flaw in found)
        walk.screen(widget, file.stem)
        if isinstance(widget, QDialog) and (widget.width() > LARGEST[0] or widget.height() > LARGEST[1]):
            seen.append(f"{file.stem}: larger than a screen, {widget.size().toTuple()}")

    settle = pictures.settle
    monkeypatch.setattr(pictures, "settle", lambda widget, ms=60: settle(widget, min(ms, 30)))  # nothing moves
    monkeypatch.setattr(pictures, "save", look)
    for module in ("dialogs.room", "sidebar.tags_dialog"):
        monkeypatch.setattr(f"desktop_app.gui.{module}.screen_room", lambda _dialog: QSize(*LARGEST))
    return seen


def themed(way: Way) -> Theme:
    return load_theme(Appearance.LIGHT, way.text_size, system_dark=False)


def share(names: Iterable[str], way: Way) -> list[str]:
    """Return what is seen in one of the ways, so that all of `names` are seen in one; in a soak all in each."""
    return [name for place, name in enumerate(names) if SOAK or place % len(WAYS) == WAYS.index(way)]


def test_windows(way: Way, found: list[str], walk: Walk, settings: Settings, tmp_path: Path) -> None:
    used = Settings(appearance=settings.appearance, engine=EngineSettings(threads=4))
    for name in share(make_screens.SCREENS, way):
        make_screens.render_window(themed(way), used, way.size, name, tmp_path)
    assert [*found, *walk.told()] == []
    assert walk.screens >= LEAST_SCREENS
    assert walk.controls >= LEAST_CONTROLS


def test_dialogs(way: Way, found: list[str], walk: Walk, settings: Settings, tmp_path: Path) -> None:
    for name in share(GROUPS, way):
        make_screens.render_group(themed(way), settings, way.size, name, tmp_path)
    assert [*found, *walk.told()] == []


# What the tests above would find


def parts(host: QWidget, *texts: str) -> list[QPushButton]:
    made = [QPushButton(text, host) for text in texts]
    for part in made:
        part.show()
    return made


def test_a_text_that_is_cut_is_found(host: QWidget, theme: Theme) -> None:
    label = QLabel("A sentence that needs more room than it has", host)
    label.resize(60, 20)
    wrapped = Label(theme, "Another sentence that has too few lines for all of its words", wraps=True, parent=host)
    wrapped.setGeometry(0, 100, 120, 20)
    label.show(), wrapped.show()
    assert [flaw.partition(" “")[0] for flaw in flaws(host)] == ["cut", "cut"]
    label.resize(label.sizeHint())
    wrapped.resize(120, wrapped.heightForWidth(120))
    assert flaws(host) == []


def test_what_lies_over_another_or_beyond_its_parent_is_found(host: QWidget) -> None:
    one, other = parts(host, "one", "other")
    other.move(10, 10)
    assert ["lies over" in flaw for flaw in flaws(host)] == [True]
    other.move(host.width() - 20, 300)
    assert ["beyond its parent" in flaw for flaw in flaws(host)] == [True]
    other.move(0, 300)
    assert one.isVisible()
    assert flaws(host) == []


def test_a_row_against_the_reading_direction_is_found(host: QWidget) -> None:
    row = QHBoxLayout()
    column = QVBoxLayout(host)
    column.addLayout(row)
    for part in parts(host, "one", "other"):
        row.addWidget(part)
    host.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    QApplication.processEvents()
    assert flaws(host) == []
    row.setDirection(QHBoxLayout.Direction.RightToLeft)  # which is from left to right in such a window
    QApplication.processEvents()
    assert ["not laid out in the reading direction" in flaw for flaw in flaws(host)] == [True]
