"""Cards that come a few at a time leave those that are there as they are, and only what has changed is made anew."""

from collections import Counter

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.personas import Persona
from desktop_app.domain.prompt_templates import PromptTemplate
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.personas.page import PersonasPage
from desktop_app.gui.personas.picture import Pictures
from desktop_app.gui.templates.page import TemplatesPage
from desktop_app.gui.widgets.card_group import CardGroup
from desktop_app.gui.widgets.controls import Card, Label
from desktop_app.gui.widgets.gradual import AT_ONCE
from desktop_app.services.writing.personas import LibraryPersona
from desktop_app.services.writing.prompt_library import LibraryTemplate
from desktop_app.support.paths import resources

COUNT = 24
PICTURE = str(resources() / "personas" / "pictures" / "teacher.svg")


class Resizes(QObject):
    """Counts how often each widget that it watches gets another size."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[int] = Counter()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.counts[id(watched)] += 1
        return False


def a_card(theme: Theme, group: CardGroup) -> Card:
    card = Card(theme, parent=group)
    QVBoxLayout(card).addWidget(Label(theme, "words", "body", parent=card))
    return card


def test_expected_cards_squeeze_none_of_those_that_are_there(host: QWidget, theme: Theme, qtbot: QtBot) -> None:
    group = CardGroup(theme, "Heading")
    group.setParent(host)
    group.setFixedWidth(400)
    group.expect(COUNT)
    group.add(a_card(theme, group))
    group.adjustSize()
    group.show()
    height = group.height()
    cards = list(group.findChildren(Card))
    resizes = Resizes()
    cards[0].installEventFilter(resizes)
    for _ in range(COUNT - 1):
        group.add(a_card(theme, group))
    assert group.sizeHint().height() == height, "its room was kept from the beginning"
    assert not resizes.counts
    group.add(a_card(theme, group))
    assert group.sizeHint().height() > height, "one that was not expected needs room of its own"


def test_cards_stand_at_their_places_as_they_come_and_go(host: QWidget, theme: Theme, qtbot: QtBot) -> None:
    group = CardGroup(theme, "Heading")
    column = QVBoxLayout(host)
    column.addWidget(group)
    column.addStretch(1)
    cards = [a_card(theme, group) for _ in range(5)]
    host.resize(400, 600)
    host.show()
    for card in cards[1:]:
        group.add(card)
    group.add(cards[0], 0)
    step = cards[0].sizeHint().height() + theme.px(10)

    def places() -> list[int]:
        return [(card.y() - min(each.y() for each in cards)) // step for card in cards]

    qtbot.waitUntil(lambda: places() == [0, 1, 2, 3, 4])
    group.arrange([cards[3], cards[1]])
    qtbot.waitUntil(lambda: places() == [0, 4, 1, 3, 2])
    group.drop(cards.pop(2))
    qtbot.waitUntil(lambda: places() == [0, 3, 2, 1])


def persona(number: int, description: str = "d") -> LibraryPersona:
    made = Persona(name=f"p{number}", description=description)
    return LibraryPersona(key=str(number), is_own=number % 2 == 0, name=made.name, picture=PICTURE, persona=made)


@pytest.fixture
def personas(host: QWidget, theme: Theme) -> PersonasPage:
    page = PersonasPage(theme, Pictures(lambda read, then: then(read()), host))
    page.setParent(host)
    page.resize(760, 600)
    page.show_entries([persona(number) for number in range(COUNT)])
    return page


def test_personas_come_a_few_at_a_time_in_their_order(personas: PersonasPage, qtbot: QtBot) -> None:
    personas.show()
    assert len(personas.cards) == AT_ONCE
    qtbot.waitUntil(lambda: len(personas.cards) == COUNT)
    qtbot.waitUntil(lambda: len({(card.entry.is_own, card.y()) for card in personas.cards.values()}) == COUNT)
    for is_own in (True, False):
        keys = [str(number) for number in range(COUNT) if (number % 2 == 0) is is_own]
        assert sorted(keys, key=lambda key: personas.cards[key].y()) == keys


def test_a_persona_that_comes_has_no_other_card_asked_for_its_height(
    personas: PersonasPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Counter[QWidget | None] = Counter()
    height = Label.heightForWidth

    def counted(label: Label, width: int) -> int:
        asked[label.parentWidget()] += 1
        return height(label, width)

    monkeypatch.setattr(Label, "heightForWidth", counted)
    personas.show()
    qtbot.waitUntil(lambda: len(personas.cards) == COUNT)
    while asked:  # until nothing is laid out any more
        asked.clear()
        QCoreApplication.processEvents()
    personas.show_entries([persona(number) for number in range(COUNT + 1)])
    qtbot.waitUntil(lambda: str(COUNT) in personas.cards and personas.cards[str(COUNT)].y() > personas.cards["22"].y())
    assert [key for key, card in personas.cards.items() if asked[card]] == [str(COUNT)]


def test_a_changed_persona_is_the_only_card_that_is_made_anew(personas: PersonasPage, qtbot: QtBot) -> None:
    personas.show()
    qtbot.waitUntil(lambda: len(personas.cards) == COUNT)
    before = dict(personas.cards)
    personas.show_entries([persona(number, "other words" if number == 6 else "d") for number in range(1, COUNT)])
    assert {key for key, card in personas.cards.items() if before[key] is not card} == {"6"}
    assert "0" not in personas.cards
    assert personas.cards["6"].words == "other words"
    qtbot.waitUntil(lambda: personas.cards["4"].y() < personas.cards["6"].y() < personas.cards["8"].y())


def test_templates_resize_no_card_while_the_others_come(host: QWidget, theme: Theme, qtbot: QtBot) -> None:
    page = TemplatesPage(theme, host)
    page.resize(760, 600)
    template = PromptTemplate(title="t", body="Do it.", description="About it.")
    entries = [
        LibraryTemplate(key=str(number), is_own=True, title=f"t{number}", folder="f", template=template)
        for number in range(COUNT)
    ]
    page.set_templates(entries)
    page.show()
    qtbot.waitUntil(lambda: page.cards["0"].height() == page.cards["1"].height() and page.cards["0"].y() < 9)
    grid, resizes = page._groups["f"].grid, Resizes()
    height = grid.heightForWidth(grid.width())
    for card in page.cards.values():
        card.installEventFilter(resizes)
    qtbot.waitUntil(lambda: len(page.cards) == COUNT)
    qtbot.waitUntil(lambda: grid.height() == height)
    assert max(resizes.counts.values(), default=0) <= 1
