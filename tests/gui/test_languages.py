"""The window in every language: all its pages are made, in words and signs of that language, and in Qt's own."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QTextLayout
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.hardware import Report
from desktop_app.domain.hub import HubModel
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.look.mirroring import is_right_to_left
from desktop_app.gui.look.theme import SEMIBOLD, Theme, chinese_families, load_theme
from desktop_app.gui.models.model_words import hub_words
from desktop_app.gui.panel.glass.option_bars import Bar, OptionBars
from desktop_app.gui.panel.sampling.next_word import NextWord
from desktop_app.gui.system.language import speak
from desktop_app.gui.widgets.controls import Button
from desktop_app.gui.widgets.tabs import INSET, Tabs
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.words import hardware_words
from desktop_app.settings.schema import Appearance, Language, Settings
from desktop_app.support.formats import date, decimal
from desktop_app.support.i18n import LANGUAGES, RIGHT_TO_LEFT, _, translator
from tests.screens import make_screens, pictures
from tests.screens.geometry import flaws

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("models", "templates", "settings", "tour", "about", "first_run")
TRANSLATED = [Language(name) for name in LANGUAGES if name != "en"]


@pytest.fixture(autouse=True)
def _english_again(qapp: QApplication) -> Iterator[None]:
    yield
    speak(qapp, Language.ENGLISH)


@pytest.fixture(params=TRANSLATED, ids=lambda language: language.value)
def language(request: pytest.FixtureRequest, qapp: QApplication) -> Language:
    chosen: Language = request.param
    if not (ROOT / f"resources/locale/{chosen.value}/LC_MESSAGES/inglenook.mo").exists():
        pytest.skip("it has no catalogue yet")
    speak(qapp, chosen)
    return chosen


def test_no_line_ends_within_the_figures_of_a_date(language: Language) -> None:
    text = hardware_words.looked_at(Report(looked_at=1_800_000_000.0))
    day = date(1_800_000_000.0)
    begins, font = text.index(day), QFont()
    layout = QTextLayout(text, font)
    ends = set()
    for width in range(20, QFontMetrics(font).horizontalAdvance(text), 3):
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            ends.add(line.textStart() + line.textLength())
        layout.endLayout()
    assert ends != {len(text)}
    within = [day[: end - begins] for end in ends if begins < end < begins + len(day)]
    assert not [part for part in within if part.rstrip("\u2060").endswith(("/", "."))]


def test_every_page_is_made(language: Language, qtbot: QtBot) -> None:
    window = MainWindow(load_theme(Appearance.LIGHT, 100, system_dark=False), Settings())
    qtbot.addWidget(window)
    window.show()
    for page in PAGES:
        window.show_page(page)
        assert window.page == page
    assert window.sidebar.settings.text() == _("Settings")
    assert window.composer.field.accessibleName() == _("Your question")
    mirrored = language.value in RIGHT_TO_LEFT
    assert window.layoutDirection() is (Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight)


@pytest.mark.parametrize("text_size", [100, 125, 200])
def test_nothing_around_the_conversation_is_cut(language: Language, qtbot: QtBot, text_size: int) -> None:
    window = MainWindow(load_theme(Appearance.LIGHT, text_size, system_dark=False), Settings())
    qtbot.addWidget(window)
    window.resize(1800, 1000)
    window.show()
    pictures.settle(window)
    assert [flaw for part in (window.sidebar, window.top_bar, window.composer) for flaw in flaws(part)] == []


def test_keys_are_left_out_of_a_button_that_has_no_room_for_them(host: QWidget, theme: Theme) -> None:
    button = Button(theme, "Begin", hint="Ctrl N", parent=host)
    button.show()
    button.resize(button.sizeHint())
    with_keys = button.grab().toImage()
    button.resize(button.sizeHint() - QSize(1, 0))
    without = button.grab().toImage()
    button.set_hint("")
    assert button.grab().toImage() == without
    assert button.minimumSizeHint() == button.sizeHint()
    button.resize(with_keys.size())
    assert button.grab().toImage() != with_keys


def test_qt_speaks_it_too(language: Language) -> None:
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") != "Cancel"
    assert QLocale().language() is QLocale(language.value).language()
    assert QLocale().decimalPoint() == decimal(0.5, 1)[1]
    assert QLocale().toString(12) == "12"


def test_english_brings_qts_own_words_back(qapp: QApplication) -> None:
    for language in (Language.GERMAN, Language.FRENCH, Language.ENGLISH):
        speak(qapp, language)
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Cancel"
    assert translator.language == "en"
    assert qapp.layoutDirection() is Qt.LayoutDirection.LeftToRight


def test_the_languages_can_be_chosen_by_their_own_names(qtbot: QtBot) -> None:
    window = MainWindow(load_theme(Appearance.LIGHT, 100, system_dark=False), Settings())
    qtbot.addWidget(window)
    window.show_page("settings")
    window.settings_page.ensure_built()
    row = window.settings_page.row("language", "language")
    assert [label for _value, label in row.spec.choices] == ["Same as the system", *LANGUAGES.values()]
    assert [value for value, _label in row.spec.choices] == list(Language)


def test_a_line_that_begins_with_a_name_reads_as_the_language_does(qapp: QApplication) -> None:
    found = HubModel(repository="Qwen/Qwen3", parameters=11_800_000_000, licence="apache-2.0")
    assert hub_words(found) == "Qwen · 11.8 B · Apache 2.0"
    speak(qapp, Language.FRENCH)
    assert hub_words(found).split(" · ")[1].startswith("11,8")
    speak(qapp, Language.ARABIC)
    words = hub_words(found)
    assert is_right_to_left(words)
    assert words.index("Qwen") < words.index("11.8") < words.index("Apache")


def test_the_chosen_tab_has_room_for_its_title(theme: Theme, host: QWidget) -> None:
    tabs = Tabs(theme, host)
    for title in ("Sampling", "Prompt", "Boîte de verre"):
        tabs.addTab(title)
    bold = QFontMetrics(theme.font("label", SEMIBOLD))
    tabs.show()
    tabs.resize(theme.px(272), tabs.sizeHint().height())  # as in the panel
    for index in range(3):
        tabs.setCurrentIndex(index)
        room = tabs.tabRect(index).width() - 2 * theme.px(INSET)
        assert bold.horizontalAdvance(tabs.tabText(index)) <= room


@pytest.mark.parametrize(("width", "word"), [(290, True), (150, False)])
def test_a_bar_that_was_cut_keeps_its_figure(
    width: int, word: bool, theme: Theme, host: QWidget, qapp: QApplication
) -> None:
    speak(qapp, Language.FRENCH)
    bars = OptionBars(theme, host)
    bars.set_bars([Bar("never", 0.07), Bar("not", 0.004, is_cut=True)], 0)
    room, (_taken, cut) = bars.figures(width)
    assert QFontMetrics(theme.font("label")).horizontalAdvance(cut) <= room < width / 2 or not word
    assert ("·" in cut) is word
    assert cut.endswith(bars.bars[1].figure)


@pytest.mark.parametrize(
    "screen", ["composer-queue-edited", "composer-attached", "hand-shortcuts", "map-30", "loading-model"]
)
def test_narrow_windows_have_room_for_it(
    screen: str, language: Language, theme: Theme, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found: list[str] = []

    def look(widget: QWidget, _file: Path) -> None:
        pictures.settle(widget)
        found.extend(flaws(widget))

    monkeypatch.setattr(pictures, "save", look)
    make_screens.render_window(theme, Settings(), (420, 640), screen, tmp_path)
    assert found == []


@pytest.mark.parametrize("width", [368, 420, 520])
def test_a_narrow_composer_has_room_for_an_edit(language: Language, theme: Theme, host: QWidget, width: int) -> None:
    composer = Composer(theme, host)
    composer.set_editing("m1", "What is a boat?")
    composer.set_template("A template with a name", "Of one's own")
    for count in (None, 4, 123_456):
        composer.set_token_count(count)
        composer.resize(width, composer.sizeHint().height())
        composer.show()
        pictures.settle(composer)
        assert flaws(composer) == []
        composer.set_template("", "")


@pytest.mark.parametrize("width", [360, 420, 520])
def test_a_narrow_composer_has_room_for_a_template(language: Language, theme: Theme, host: QWidget, width: int) -> None:
    composer = Composer(theme, host)
    composer.set_text("Write something about boats")
    composer.set_template("A template with a name", "Of one's own")
    composer.set_token_count(123_456)
    composer.set_advice("What kind of boat? Say more.")
    for state in ("idle", "streaming"):
        composer.set_state(state)
        composer.resize(width, composer.sizeHint().height())
        composer.show()
        pictures.settle(composer)
        assert flaws(composer) == []


def test_the_next_words_have_room_for_being_cut(language: Language, theme: Theme, host: QWidget) -> None:
    bars = NextWord(theme, host).bars
    assert QFontMetrics(theme.font("small")).horizontalAdvance(_("cut")) < bars.value_width <= theme.px(96)


def test_chinese_has_a_family_of_its_own_where_there_is_one(qapp: QApplication) -> None:
    assert chinese_families(["DejaVu Sans", "Noto Sans SC", "Noto Sans CJK SC"]) == ("Noto Sans CJK SC",)
    assert chinese_families(["DejaVu Sans"]) == ()
    theme = load_theme(Appearance.LIGHT, 100, system_dark=False)
    assert theme.font("body").families() == [theme.family]
    chinese = msgspec.structs.replace(theme, fallbacks=("Noto Sans CJK SC",))
    assert chinese.font("body").families() == [theme.family, "Noto Sans CJK SC"]
