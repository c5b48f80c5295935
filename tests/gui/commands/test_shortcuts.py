"""Shortcuts: which keys can be one, who has them, and the list in the settings where they are changed."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.gui.commands.actions import OwnCommand
from desktop_app.gui.commands.shortcuts import changes_for, holder, why_not
from desktop_app.gui.commands.shortcuts_dialog import Keys, ShortcutsDialog, grouped
from desktop_app.gui.settings.shortcuts_card import AT_ONCE, ShortcutRow, ShortcutsCard
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.key_names import ON_MAC, written
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Settings, ShortcutSettings

pytestmark = pytest.mark.usefixtures("qapp")  # the platform knows which keys text fields need
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
SHORTEN = OwnCommand("Template: Shorten", "document", "Ctrl+Alt+9", "template:own/shorten.md")


def ignored(_name: str) -> None:
    """Stand for what is done with a command that nobody uses."""


@pytest.mark.skipif(ON_MAC, reason="there the large key is Return")
@pytest.mark.parametrize("keys", ["Ctrl+Shift+Return", "Ctrl+Shift+Enter", QKeySequence("Ctrl+Shift+Return")])
def test_the_large_key_has_one_name(keys: str | QKeySequence) -> None:
    assert written(keys) == "Ctrl+Shift+Enter"


def keys_of(window: MainWindow, name: str) -> str:
    entry = next(entry for entry in window.commands.entries if entry.name == name)
    return entry.action.shortcut().toString(QKeySequence.SequenceFormat.PortableText)


def use(window: MainWindow, keys: dict[str, str]) -> None:
    window.set_settings(Settings(shortcuts=ShortcutSettings(keys=keys)))


@pytest.fixture
def card(window: MainWindow, qtbot: QtBot) -> ShortcutsCard:
    """The list, with its rows made."""
    window.show_page("settings")
    made = window.settings_page.shortcuts_card
    assert made is not None
    made.show_all.click()
    qtbot.waitUntil(lambda: len(made.rows) == len(window.commands.entries))
    return made


@pytest.fixture
def row(card: ShortcutsCard) -> Callable[[str], ShortcutRow]:
    """Returns the row of a command."""
    return lambda name: next(row for row in card.rows if row.entry.name == name)


@pytest.mark.parametrize("keys", ["", "Ctrl+Alt+1", "F7", "Shift+F7", "Ctrl+Alt+J", "Alt+PgUp", "Ctrl+Shift+Backspace"])
def test_keys_that_nothing_else_needs_can_be_a_shortcut(keys: str) -> None:
    assert why_not(keys) == ""


@pytest.mark.parametrize(
    ("keys", "words"),
    [("A", "Use Ctrl"), ("Shift+A", "Use Ctrl"), ("Space", "Use Ctrl"), ("Left", "Use Ctrl"), ("Esc", "Use Ctrl"),
     ("Return", "Enter sends"), ("Ctrl+Return", "Enter sends"), ("Ctrl+Tab", "The Tab key"), ("Ctrl+C", "Text fields"),
     ("Ctrl+Z", "Text fields"), ("Ctrl+Left", "Text fields"), ("Ctrl+K, Ctrl+L", "cannot be")],
)  # fmt: skip
def test_keys_that_are_needed_are_refused_in_words(keys: str, words: str) -> None:
    assert words in why_not(keys)


def test_no_usual_shortcut_takes_what_text_fields_need(window: MainWindow) -> None:
    refused = [entry.name for entry in window.commands.entries if why_not(entry.usual)]
    assert refused == ["stop", "ask_two"]  # Escape closes what lies on top, and Enter sends, here to two models


def test_no_usual_shortcut_takes_what_desktops_do_with_keys(window: MainWindow) -> None:
    taken = {
        "Ctrl+Shift+U",  # IBus: a character by its number, in every text field
        "F10", "Shift+F10", "Ctrl+Esc", "Ctrl+Shift+Esc", "Ctrl+Space", "Ctrl+Alt+Del", "Ctrl+Alt+T", "Ctrl+Alt+L",
        *(f"Alt+{key}" for key in ("Tab", "Esc", "Space", "F1", "F2", "F4", "F6", "F7", "F8", "F10", "Left", "Right")),
        *(f"Ctrl+Alt+{held}{key}" for held in ("", "Shift+") for key in ("Up", "Down", "Left", "Right")),
    }  # fmt: skip
    assert [entry.name for entry in window.commands.entries if entry.usual in taken] == []
    meant = {"quit": "Ctrl+Q", "close_window": "Ctrl+W", "settings": "Ctrl+,", "shortcuts": "Ctrl+?", "tour": "F1",
             "find_next": "F3", "focus_mode": "F11", "rename": "F2"}  # fmt: skip
    assert {name: keys_of(window, name) for name in meant} == meant


def test_chosen_shortcuts_work_at_once_and_the_usual_ones_come_back(window: MainWindow, qtbot: QtBot) -> None:
    use(window, {"new_chat": "Ctrl+Alt+J", "models": ""})
    assert (keys_of(window, "new_chat"), keys_of(window, "models")) == ("Ctrl+Alt+J", "")
    window.activateWindow()
    window.composer.focus()
    qtbot.waitUntil(lambda: window.composer.field.hasFocus())
    with qtbot.waitSignal(window.sidebar.new_chat_requested):
        QTest.keyClick(window.composer.field, Qt.Key.Key_J, CTRL | ALT)
    use(window, {})
    assert (keys_of(window, "new_chat"), keys_of(window, "models")) == ("Ctrl+N", "Ctrl+M")


def test_a_usual_shortcut_gives_way_to_a_chosen_one_and_to_that_of_a_template(window: MainWindow) -> None:
    use(window, {"new_chat": "Ctrl+K"})
    assert keys_of(window, "search") == ""
    (made,) = window.commands.exchange((), [SHORTEN._replace(keys="Ctrl+M")], ignored)
    assert (keys_of(window, "models"), keys_of(window, made.name)) == ("", "Ctrl+M")
    window.commands.exchange([made], (), ignored)
    assert keys_of(window, "models") == "Ctrl+M"


def test_commands_of_ones_own_that_are_as_they_were_stay(window: MainWindow, qtbot: QtBot) -> None:
    used: list[str] = []
    many = [OwnCommand(f"Chat with {n}", "personas", "", f"persona:{n}") for n in range(5)]
    usual = len(window.commands.entries)
    with qtbot.assertNotEmitted(window.commands.changed):
        assert window.commands.exchange((), (), used.append) == []
    before = window.commands.exchange((), many, used.append)
    with qtbot.assertNotEmitted(window.commands.changed):
        assert window.commands.exchange(before, many, used.append) == before
    many[3] = many[3]._replace(name="Chat with Ada")
    del many[1]
    with qtbot.waitSignal(window.commands.changed):
        now = window.commands.exchange(before, many, used.append)
    assert [entry.action.text() for entry in now] == ["Chat with 0", "Chat with 2", "Chat with Ada", "Chat with 4"]
    assert [entry in before for entry in now] == [True, True, False, True]
    assert window.commands.entries[usual:] == now
    assert all(entry.action in window.actions() for entry in now)
    assert not {before[1].action, before[3].action} & set(window.actions())
    for entry in now:
        entry.action.trigger()
    assert used == ["persona:0", "persona:2", "persona:3", "persona:4"]


def test_of_two_equal_ones_in_a_file_that_was_written_by_hand_the_first_counts(window: MainWindow) -> None:
    use(window, {"models": "Ctrl+Alt+J", "new_chat": "ctrl+alt+j", "no_such_command": "Ctrl+L"})
    assert (keys_of(window, "new_chat"), keys_of(window, "models")) == ("Ctrl+Alt+J", "")
    assert keys_of(window, "focus_composer") == "Ctrl+L"


def test_further_keys_of_a_command_give_way_to_chosen_ones(window: MainWindow) -> None:
    zoom_in = window.commands.zoom_in
    assert zoom_in.shortcuts() == [QKeySequence("Ctrl++"), QKeySequence("Ctrl+=")]
    use(window, {"new_chat": "Ctrl+="})
    assert keys_of(window, "new_chat") == "Ctrl+="
    assert zoom_in.shortcuts() == [QKeySequence("Ctrl++")]  # Qt would follow neither


def test_only_what_differs_is_kept(window: MainWindow) -> None:
    entries = window.commands.entries
    assert changes_for(entries, {}, "new_chat", "Ctrl+Alt+J") == ({"new_chat": "Ctrl+Alt+J"}, {})
    assert changes_for(entries, {"new_chat": "Ctrl+Alt+J"}, "new_chat", None) == ({}, {})
    assert changes_for(entries, {"new_chat": "Ctrl+Alt+J"}, "new_chat", "Ctrl+N") == ({}, {})
    use(window, {"new_chat": "Ctrl+Alt+J"})
    taken = changes_for(entries, {"new_chat": "Ctrl+Alt+J"}, "models", "Ctrl+Alt+J")
    assert taken == ({"models": "Ctrl+Alt+J"}, {})  # new_chat has its usual ones again
    window.commands.exchange((), [SHORTEN], ignored)
    taken = changes_for(entries, {}, "models", "Ctrl+Alt+9")
    assert taken == ({"models": "Ctrl+Alt+9"}, {"own/shorten.md": ""})
    assert changes_for(entries, {}, "template:own/shorten.md", "Ctrl+N") == ({}, {"own/shorten.md": "Ctrl+N"})


def test_commands_that_there_are_never_both_share_their_keys(window: MainWindow) -> None:
    commands, entries = window.commands, window.commands.entries
    for page, there, not_there in (("chat", "regenerate", "text_again"), ("notebook", "text_again", "regenerate")):
        window.show_page(page)
        assert keys_of(window, there) == keys_of(window, not_there) == "Ctrl+R"
        assert getattr(commands, there).isVisible()
        assert not getattr(commands, not_there).isEnabled()
    assert commands.text_again.isEnabled()
    commands.regenerate.setEnabled(True)
    assert not commands.regenerate.isEnabled(), "whatever becomes of answers meanwhile"
    assert holder(entries, "Ctrl+R", "text_again") is None
    found = holder(entries, "Ctrl+R", "new_chat")
    assert found is not None
    assert holder(entries, "Ctrl+N", "text_again") is not None, "there is a new chat on every page"
    use(window, {"text_again": "Ctrl+N"})
    assert (keys_of(window, "text_again"), keys_of(window, "new_chat")) == ("Ctrl+N", "")


def test_every_command_is_in_the_list_with_its_keys(window: MainWindow, card: ShortcutsCard) -> None:
    assert [row.entry.name for row in card.rows] == [entry.name for entry in window.commands.entries]
    assert all(row.isVisible() for row in card.rows)
    assert "Ctrl+N" in card.rows[0].keys.accessibleName()


def test_pressed_keys_are_taken_where_they_are_free(window: MainWindow, card: ShortcutsCard, row, qtbot: QtBot) -> None:
    button = row("new_chat").keys
    button.click()
    assert button.listens
    QTest.keyPress(button, Qt.Key.Key_Control, CTRL)
    assert button.listens  # more is to come
    with qtbot.waitSignal(card.chosen) as chosen:
        QTest.keyClick(button, Qt.Key.Key_J, CTRL | ALT)
    assert chosen.args == ["new_chat", "Ctrl+Alt+J"]
    assert not button.listens
    button.click()
    with qtbot.waitSignal(card.chosen) as chosen:
        QTest.keyClick(button, Qt.Key.Key_Backspace)
    assert chosen.args == ["new_chat", ""]
    button.click()
    with qtbot.assertNotEmitted(card.chosen):
        QTest.keyClick(button, Qt.Key.Key_Escape)
    assert window.page == "settings"
    assert not button.listens


def test_refused_keys_are_told_and_keys_of_another_can_be_taken(card: ShortcutsCard, row, qtbot: QtBot) -> None:
    shown = row("new_chat")
    shown.keys.click()
    with qtbot.assertNotEmitted(card.chosen):
        QTest.keyClick(shown.keys, Qt.Key.Key_A)
    assert "Use Ctrl" in shown.note.text()
    assert not shown.take.isVisible()
    shown.keys.click()
    with qtbot.assertNotEmitted(card.chosen):
        QTest.keyClick(shown.keys, Qt.Key.Key_M, CTRL)
    assert "Ctrl+M is already used by “Models”" in shown.note.text()
    assert "Models" in shown.take.accessibleName()
    with qtbot.waitSignal(card.chosen) as chosen:
        shown.take.click()
    assert chosen.args == ["new_chat", "Ctrl+M"]


def test_changed_ones_can_be_reset_one_by_one_and_all(window: MainWindow, card: ShortcutsCard, row, qtbot) -> None:
    assert not card.reset_all.isVisible()
    use(window, {"new_chat": "Ctrl+Alt+J", "models": ""})
    assert [shown.entry.name for shown in card.rows if shown.reset.isVisible()] == ["new_chat", "models"]
    assert card.state.text() == "2 shortcuts are changed."
    with qtbot.waitSignal(card.chosen) as chosen:
        row("models").reset.click()
    assert chosen.args == ["models", None]
    with qtbot.waitSignal(window.settings_page.reset_requested) as asked:
        card.reset_all.click()
    assert asked.args == ["shortcuts", ""]


def test_the_search_finds_commands_by_name_and_by_keys(window: MainWindow) -> None:
    window.show_page("settings")
    page, made = window.settings_page, window.settings_page.shortcuts_card
    assert page.search is not None
    assert made is not None
    assert made.rows == []  # they are made when somebody wants them
    page.search.setText("larger text")
    assert [row.entry.name for row in made.rows if row.isVisible()] == ["zoom_in"]
    page.search.setText("ctrl+shift+p")
    assert [row.entry.name for row in made.rows if row.isVisible()] == ["palette"]
    page.search.setText("")
    assert not any(row.isVisible() for row in made.rows)


def test_the_sidebar_shows_the_keys_that_work(window: MainWindow) -> None:
    before = window.sidebar.new_chat.sizeHint().width()
    use(window, {"new_chat": "", "search": "Ctrl+Alt+Shift+F12"})
    assert window.sidebar.new_chat.sizeHint().width() < before
    assert window.sidebar.search.textMargins().right() > 60


def test_the_overview_lists_every_shortcut_once(window: MainWindow, qtbot: QtBot) -> None:
    listed = [entry.name for _heading, group in grouped(window.commands.entries) for entry in group]
    having = [entry.name for entry in window.commands.entries if not entry.action.shortcut().isEmpty()]
    assert sorted(listed) == sorted(having)
    dialog = ShortcutsDialog(window.theme, window.commands.entries, window)
    dialog.open()
    with qtbot.waitSignal(dialog.change_requested):
        dialog._change()
    qtbot.waitUntil(lambda: not window.findChildren(ShortcutsDialog))


def test_long_keys_of_one_command_take_no_room_from_the_names_of_others(window: MainWindow) -> None:
    dialog = ShortcutsDialog(window.theme, window.commands.entries, window)
    dialog.open()
    QApplication.processEvents()
    labels = {label.text(): label for label in dialog.findChildren(Label)}
    name = labels["Previous place found"]  # in a group with Ctrl+Shift+Backspace
    assert name.height() < 2 * name.fontMetrics().height()
    keys = dialog.findChildren(Keys)
    assert all(each.width() == each.sizeHint().width() for each in keys)


def test_who_has_keys(window: MainWindow) -> None:
    entries = window.commands.entries
    found = holder(entries, "Ctrl+=", "")
    assert found is not None
    assert found.name == "zoom_in"
    assert holder(entries, "Ctrl+=", "zoom_in") is None
    assert holder(entries, "", "") is None


@pytest.mark.parametrize(("key", "held"), [(Qt.Key.Key_F4, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_Down, ALT)])
def test_the_keys_that_open_a_list_open_it_and_are_no_shortcut_there(
    window: MainWindow, qtbot: QtBot, key: Qt.Key, held: Qt.KeyboardModifier
) -> None:
    gone: list[str] = []
    for action in (window.commands.suggest, window.commands.next_question):
        action.setEnabled(True)
        action.triggered.connect(lambda: gone.append("to the chat"))
    window.show_page("settings")
    window.settings_page.ensure_built()
    window.activateWindow()
    choice = next(each for each in window.settings_page.findChildren(Choice) if each.isVisible() and each.isEnabled())
    choice.setFocus()
    QTest.keyClick(choice, key, held)
    qtbot.waitUntil(choice.view().isVisible)
    assert gone == []
    choice.hidePopup()
    window.setFocus()
    QTest.keyClick(window, key, held)
    assert gone == ["to the chat"]


def test_the_list_comes_a_few_rows_at_a_time_and_is_not_laid_out_once_for_each(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    sizes: list[ShortcutRow] = []
    resize = ShortcutRow.resizeEvent
    monkeypatch.setattr(ShortcutRow, "resizeEvent", lambda row, event: (sizes.append(row), resize(row, event)))
    window.show_page("settings")
    made = window.settings_page.shortcuts_card
    assert made is not None
    made.show_all.click()
    assert len(made.rows) == AT_ONCE
    assert all(row.isVisible() for row in made.rows)  # while the others are still to come
    qtbot.waitUntil(lambda: len(made.rows) == len(window.commands.entries))
    QTest.qWait(0)
    assert all(row.isVisible() for row in made.rows)
    assert len(made.rows) <= len(sizes) <= 4 * len(made.rows)


def test_what_is_seen_of_the_list_is_laid_out_anew_by_nothing_that_comes_or_goes(
    window: MainWindow, card: ShortcutsCard, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    QTest.qWait(0)
    sizes: list[ShortcutRow] = []
    monkeypatch.setattr(ShortcutRow, "resizeEvent", lambda row, _event: sizes.append(row))
    search = window.settings_page.search
    assert search is not None
    for words, count in (("ctrl+shift+p", 1), ("", len(card.rows))):
        search.setText(words)
        qtbot.waitUntil(lambda count=count: sum(row.isVisible() for row in card.rows) == count)
    assert sizes == []


def test_a_command_that_comes_or_goes_leaves_the_rows_of_the_others(
    window: MainWindow, card: ShortcutsCard, qtbot: QtBot
) -> None:
    before, entries = list(card.rows), list(window.commands.entries)
    card.show_entries([entry for entry in entries if entry.name != "models"])
    assert [row for row in before if row.entry.name != "models"] == card.rows
    card.show_entries(entries)
    assert [row.entry.name for row in card.rows] == [entry.name for entry in entries]
    assert sum(row in before for row in card.rows) == len(entries) - 1
    assert all(row.isVisible() for row in card.rows)


def test_other_commands_and_another_order_make_the_rows_anew(
    window: MainWindow, card: ShortcutsCard, qtbot: QtBot
) -> None:
    entries = list(window.commands.entries)
    for listed in (entries[::-1], entries[:1], entries):  # the last: too many for one block
        card.show_entries(listed)
        qtbot.waitUntil(lambda listed=listed: len(card.rows) == len(listed))
        assert [row.entry.name for row in card.rows] == [entry.name for entry in listed]
        assert all(row.isVisible() for row in card.rows)
