"""How chats are read, as the settings say: how wide their lines are, and what stands below messages."""

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.gui.chat.view import MessageView
from desktop_app.gui.look.appearance import current_theme
from desktop_app.gui.look.text_families import text_families
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import LineWidth, ReadingSettings, Settings


def asked() -> MessageView:
    message = Message(
        id="q", chat_id="c", parent_id=None, role=Role.USER, parts=(TextPart("Hi"),), status=MessageStatus.COMPLETE,
        created_at=86_400.0,
    )  # fmt: skip
    return MessageView(message, 0, 1, None)


@pytest.mark.parametrize(
    ("width", "column"), [(LineWidth.USUAL, 760), (LineWidth.WIDE, 1140), (LineWidth.WINDOW, 2000)]
)
def test_lines_are_as_wide_as_is_wished(window: MainWindow, qtbot: QtBot, width: LineWidth, column: int) -> None:
    window.stage.panel_open = window.stage.sidebar_open = False
    window.resize(2000, 800)
    window.show()
    window.stage.arrange()
    window.chat_view().show_messages([asked()], chat_id="c")
    window.set_theme(current_theme(Settings(reading=ReadingSettings(width=width))))
    qtbot.waitUntil(lambda: window.chat_view()._layout.column[1] == column - 32)
    qtbot.waitUntil(lambda: min(column, 1960) <= window.composer.width() <= column)
    assert window.settings_page.column_width() == 760, "the other pages stay as they are"


def test_a_view_that_is_made_later_knows_what_is_wished(window: MainWindow) -> None:
    window.set_settings(Settings(reading=ReadingSettings(times=True)))
    view = window.chat_view()
    view.resize(800, 600)
    view.show_messages([asked()], chat_id="c")
    footer = view.realised_footer(view.entries[0])
    assert "1970" in footer._receipt.text()
    window.set_settings(Settings())
    assert not footer._receipt.text()


def test_the_settings_have_a_section_for_it(window: MainWindow) -> None:
    window.show_page("settings")
    rows = window.settings_page.sections["reading"].rows
    assert list(rows) == list(ReadingSettings.__struct_fields__)
    assert msgspec.to_builtins(ReadingSettings()) == {"follow": True, "width": "usual", "font": "", "times": False}


def test_another_font_is_everywhere_but_in_code_and_can_be_left_again(window: MainWindow, qtbot: QtBot) -> None:
    view = window.chat_view()
    view.resize(800, 600)
    view.show_messages([asked()], chat_id="c")
    usual, mono = window.theme.font("body").family(), window.theme.font("mono").family()
    window.set_theme(current_theme(Settings(reading=ReadingSettings(font="DejaVu Serif"))))
    assert view.realised_texts()[0].document().defaultFont().family() == "DejaVu Serif"
    assert window.composer.field.font().family() == "DejaVu Serif"
    assert window.theme.font("body").families()[1] == usual, "what it has no sign for comes from the usual one"
    assert window.theme.font("mono").family() == mono
    window.set_theme(current_theme(Settings()))
    assert window.composer.field.font().family() == usual
    assert window.theme.font("body").families() == [usual]


def test_the_fonts_that_are_installed_are_offered(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("settings")
    page = window.settings_page
    row = page.sections["reading"].rows["font"]
    choice = row.findChild(Choice)
    names = [choice.itemText(place) for place in range(choice.count())]
    assert names[0] == "Same as the system"
    assert names[1:] == text_families("en")
    with qtbot.waitSignal(page.setting_changed) as told:
        choice.setCurrentIndex(1)
        choice.activated.emit(1)
    assert told.args == ["reading", "font", names[1]]
    page.set_settings(Settings(reading=ReadingSettings(font="A font that has gone")))
    assert choice.currentText() == "A font that has gone"
    page.set_settings(Settings())
    assert choice.currentText() == "Same as the system"
