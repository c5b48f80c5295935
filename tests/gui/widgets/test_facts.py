"""Cards of facts: names and values beside each other, or below where it is narrow."""

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QWidget

from desktop_app.gui.look.lines import Lines
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.facts import STACKED, Fact, Facts
from desktop_app.gui.widgets.selectable_text import SelectableText
from desktop_app.settings.schema import Appearance


@pytest.mark.parametrize("width", [STACKED - 60, STACKED + 60])
def test_a_value_is_nearer_to_its_own_name(width: int, theme: Theme, host: QWidget) -> None:
    facts = Facts(theme, host)
    facts.resize(width, 300)
    facts.set_facts([Fact("Version", "0.1.0"), Fact("Runs", "from an installed copy"), Fact("Python", "3.11")])
    facts.show()
    QApplication.processEvents()
    places = {
        label.text(): label.geometry().marginsRemoved(label.contentsMargins()) for label in facts.findChildren(Label)
    }
    to_value = places["from an installed copy"].top() - places["Runs"].bottom()
    to_next = places["Python"].top() - places["from an installed copy"].bottom()
    assert places["Version"].top() < places["Runs"].top() < places["Python"].top()
    assert to_value < to_next
    assert to_next >= theme.px(8)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_long_values_have_the_lines_of_labels(count: int, theme: Theme, host: QWidget) -> None:
    words = "\n".join(["Hat"] * count)
    label = Label(theme, words, "body", wraps=True, parent=host)
    text = SelectableText(theme, "Instructions", words, host)
    text.resize(300, 10)
    text.show()
    QApplication.processEvents()
    assert text.height() == label.heightForWidth(300)
    assert text.verticalScrollBar().maximum() == 0


@pytest.mark.parametrize("look", [Appearance.LIGHT, Appearance.DARK])
def test_text_that_can_be_selected_looks_like_a_label(theme: Theme, host: QWidget, look: Appearance) -> None:
    host.resize(300, 400)
    words = "It goes on for a while, so that there are lines. " * 4
    text = SelectableText(theme, "Instructions", words, host, role="small", color="muted")
    text.resize(300, 20)
    text.show()
    other = load_theme(look, 125, system_dark=False)
    text.set_theme(other)
    label = Label(other, words, "small", "muted", wraps=True, parent=host)
    assert text.font() == label.font()
    assert text.palette().color(QPalette.ColorRole.Text) == other.colors.muted
    assert abs(text.height() - Lines(other, label.font(), words.strip(), 300).height) <= 1
