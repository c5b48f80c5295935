"""The live parts of the tour over a scripted model: what each shows, and the sentence that its result gives."""

import random
from pathlib import Path
from typing import Protocol, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.messages import Role
from desktop_app.domain.traces import Traces
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.tour.attention import AttentionPart
from desktop_app.gui.tour.context import ContextPart
from desktop_app.gui.tour.embeddings import EmbeddingsPart
from desktop_app.gui.tour.invention import InventionPart
from desktop_app.gui.tour.loop import LoopPart
from desktop_app.gui.tour.part import LivePart
from desktop_app.gui.tour.privacy import PrivacyPart
from desktop_app.gui.tour.sliders import SliderPart, TemperaturePart, TopKPart, TopPPart
from desktop_app.gui.tour.tokens import TokensPart
from desktop_app.support.network import NetworkUse
from tests.scripted_tour import CONTEXT, CRASHED, END, PART_OF_A_CHARACTER, WORDS, ScriptedAsking

AnyPart = TypeVar("AnyPart", bound=LivePart)


class Enter(Protocol):
    """Makes a live part with what it wants beside a look and a model, shows it and enters it."""

    def __call__(self, kind: type[AnyPart], *arguments: object) -> AnyPart: ...


class Draws(random.Random):
    """Draws the tokens that it is told to, and notes what could have been drawn."""

    def __init__(self, *tokens: int) -> None:
        super().__init__()
        self.tokens = list(tokens)
        self.offered: list[dict[int, float]] = []

    def choices(self, population, weights=None, **_named):
        self.offered.append(dict(zip(population, weights, strict=True)))
        return [self.tokens.pop(0)]


@pytest.fixture
def asking(tmp_path: Path) -> ScriptedAsking:
    return ScriptedAsking(tmp_path)


@pytest.fixture
def lines() -> list[str]:
    """What the parts said was seen, in their order."""
    return []


@pytest.fixture
def enter(host: QWidget, theme: Theme, asking: ScriptedAsking, lines: list[str]) -> Enter:
    def made(kind: type[AnyPart], *arguments: object) -> AnyPart:
        part = kind(theme, asking, *arguments)
        part.setParent(host)
        part.resize(700, 600)
        part.saw.connect(lines.append)
        part.failed.connect(lambda words: lines.append(f"failed: {words}"))
        part.show()
        part.enter()
        return part

    return made


# Tokens


def test_a_text_is_cut_and_counted(enter: Enter, lines: list[str]) -> None:
    part = enter(TokensPart)
    assert lines == ["You typed 6 words; the model reads 9 tokens. “Unbelievable!” alone is 3 of them."]
    assert [piece.text for piece in part.flow.pieces][:4] == ["Unbel", "ievab", "le!", "␣A"]
    assert part.flow.part_words(0) == "“Unbel” is 100"


def test_what_is_typed_is_cut_when_the_person_pauses(enter: Enter, lines: list[str], qtbot: QtBot) -> None:
    part = enter(TokensPart)
    part.box.setPlainText("One two")
    qtbot.waitUntil(lambda: len(lines) == 2)
    assert lines[-1] == "You typed 2 words; the model reads 2 tokens. It knows each of your words as a whole."
    part.box.setPlainText("")
    qtbot.waitUntil(lambda: len(lines) == 3)
    assert lines[-1] == ""
    assert not part.flow.pieces


def test_a_control_token_is_marked_and_long_texts_get_more_lines(enter: Enter) -> None:
    part = enter(TokensPart)
    height = part.flow.height()
    part.box.setPlainText("<|end|> " + "word " * 80)
    part._cut()
    assert part.flow.pieces[0].is_control
    assert part.flow.height() > 2 * height
    assert all(place.right() <= part.flow.width() for place in part.flow._places)


def test_what_was_typed_right_before_a_step_was_left_says_nothing(
    enter: Enter, asking: ScriptedAsking, lines: list[str], qtbot: QtBot
) -> None:
    part = enter(TokensPart)
    del lines[:]
    asking.held = True
    part.box.setPlainText("One two")
    part.hide()
    part.leave()
    with qtbot.waitSignal(part._timer.timeout):
        pass
    asking.let_go()  # the part may be gone by then
    assert lines == []


def test_what_is_left_says_nothing_any_more(enter: Enter, asking: ScriptedAsking, lines: list[str]) -> None:
    asking.held = True
    part = enter(TokensPart)
    part.leave()
    asking.let_go()
    assert lines == []


def test_a_model_that_crashes_is_told_with_what_to_do(enter: Enter, asking: ScriptedAsking, lines: list[str]) -> None:
    asking.error = CRASHED
    enter(TokensPart)
    assert lines[0].startswith("failed: ")
    assert len(lines[0]) > 40


# Embeddings


@pytest.mark.parametrize(
    ("near", "told"),
    [
        (
            ("queen", "kings"),
            "The sum comes nearest to “queen”, at 0.70: the well-known result of this sum holds here.",
        ),
        (("kings", "Queen"), "the well-known “queen” is only number 2."),
        (("kings", "monarch"), "did not come up: this model fails."),
    ],
)
def test_the_well_known_sum_is_judged_honestly(
    enter: Enter, asking: ScriptedAsking, lines: list[str], near: tuple[str, ...], told: str
) -> None:
    asking.near = near
    part = enter(EmbeddingsPart)
    assert asking.asked == ["near_words: king + woman - man"]
    assert lines[-1].endswith(told)
    assert [bar.label for bar in part.sums.bars.bars] == list(near)


def test_words_of_ones_own_are_summed(enter: Enter, asking: ScriptedAsking, lines: list[str]) -> None:
    part = enter(EmbeddingsPart)
    part.sums.begin_with("bread")
    assert lines[-1] == "This model keeps “bread” nearest to “queen”, at 0.70."
    part.sums.begin_with("Paris", "France", "Italy")
    assert lines[-1].startswith("The sum comes nearest to “queen”, at 0.70. Whether that makes sense")
    asking.error = CRASHED
    part.sums.ask()
    assert lines[-1].startswith("failed: ")
    assert not part.sums.bars.isVisible()


# Attention


def test_a_sentence_is_looked_at_word_by_word(enter: Enter, asking: ScriptedAsking, lines: list[str]) -> None:
    part = enter(AttentionPart)
    assert asking.asked == ["attention: When Anna met Paul, she gave him the book."]
    attention = part._attention
    assert attention is not None
    assert part.block.flow.word(attention.first + part.block.number) == "him"
    early, late = (attention.looks(part.block.number, band) for band in (0, 2))
    first, last = (next(look for look in looks if look.place != 0) for looks in (early, late))
    assert f"“{part.block.flow.word(first.place)}”" in lines[-1]
    assert f"“{part.block.flow.word(last.place)}”" in lines[-1]
    assert lines[-1].startswith("For “him” the early layers")
    part.block.flow.picked.emit(attention.first + 3)
    assert lines[-1].startswith(f"For “{part.block.flow.word(attention.first + 3)}”")


def test_another_sentence_is_read_anew(enter: Enter, asking: ScriptedAsking, lines: list[str]) -> None:
    part = enter(AttentionPart)
    part.leave()
    part.enter()
    assert len(asking.asked) == 1
    part.entry.field.setText("Rain falls on the roof")
    QTest.keyClick(part.entry.field, Qt.Key.Key_Return)
    assert asking.asked[-1] == "attention: Rain falls on the roof"
    assert lines[-1].startswith("For “roof” ")
    part.entry.field.clear()
    QTest.keyClick(part.entry.field, Qt.Key.Key_Return)
    assert not part.block.isVisible()
    assert lines[-1] == ""


def test_a_model_without_attention_says_so(enter: Enter, asking: ScriptedAsking, lines: list[str]) -> None:
    asking.error = ErrorInfo(ErrorCode.ATTENTION_HIDDEN)
    part = enter(AttentionPart)
    assert lines[-1].startswith("failed: This model does not show which words it looks at.")
    assert not part.block.isVisible()


# The loop


def test_a_text_is_made_token_by_token(enter: Enter, asking: ScriptedAsking, lines: list[str]) -> None:
    part = enter(LoopPart, Draws(0, 3))
    part.next_button.click()
    assert part.text == "The best thing about rain is that"
    assert lines[-1] == "Token 1: “that” was drawn. The model gave it 40 %, place 1 of 10 tokens."
    part.next_button.click()
    assert part.text == "The best thing about rain is that the"
    assert asking.asked[-1] == "next_word: The best thing about rain is that"
    assert [piece.id for piece in part.flow.pieces][-2:] == [0, 3]
    bars = part.bars.bars
    assert [(bar.label, bar.is_taken) for bar in bars][:4] == [
        ("that", False),
        ("it", False),
        ("how", False),
        ("the", True),
    ]


def test_another_way_is_gone_when_its_row_is_chosen(enter: Enter, lines: list[str]) -> None:
    part = enter(LoopPart, Draws(0, 3))
    part.next_button.click()
    QTest.keyClick(part.bars, Qt.Key.Key_Down)
    assert part.text == "The best thing about rain is it"
    assert "You chose “it”" in lines[-1]
    assert "23 %" in lines[-1]
    part.next_button.click()
    assert part.text == "The best thing about rain is it the"


def test_the_end_ends_the_loop_until_it_begins_again(enter: Enter, lines: list[str]) -> None:
    part = enter(LoopPart, Draws(END))
    part.next_button.click()
    assert "has finished" in lines[-1]
    assert not part.next_button.isEnabled()
    assert part.text == "The best thing about rain is"
    part.again_button.click()
    assert part.next_button.isEnabled()
    assert not part.bars.isVisible()


def test_an_end_that_was_drawn_can_be_passed_by(enter: Enter) -> None:
    part = enter(LoopPart, Draws(0, END))
    part.next_button.click()
    part.next_button.click()
    QTest.keyClick(part.bars, Qt.Key.Key_Up)
    assert part.next_button.isEnabled()
    assert part.text.startswith("The best thing about rain is that ")


def test_a_part_of_a_character_is_never_drawn(enter: Enter, asking: ScriptedAsking) -> None:
    asking.shares = lambda _text: (0.1,) * len(WORDS)
    chance = Draws(0)
    part = enter(LoopPart, chance)
    part.next_button.click()
    assert PART_OF_A_CHARACTER not in chance.offered[0]
    assert set(chance.offered[0]) == set(range(len(WORDS))) - {PART_OF_A_CHARACTER}


def test_it_plays_until_it_is_stopped(enter: Enter, qtbot: QtBot) -> None:
    part = enter(LoopPart, Draws(*([0] * 500)))
    part._timer.setInterval(1)
    part.play_button.click()
    assert part.play_button.text() == "Stop"
    qtbot.waitUntil(lambda: len(part._drawn) >= 3)
    part.play_button.click()
    assert part.play_button.text() == "Play"
    assert not part._timer.isActive()
    part.play_button.click()
    part.leave()
    assert not part._timer.isActive()


def test_words_of_ones_own_begin_anew(enter: Enter, asking: ScriptedAsking) -> None:
    part = enter(LoopPart, Draws(0))
    part.next_button.click()
    part.entry.field.setText("  Once upon a time ")
    QTest.keyClick(part.entry.field, Qt.Key.Key_Return)
    assert part.text == "Once upon a time"
    assert asking.asked[-1] == "cut: Once upon a time"


# The sliders


def slide(part: SliderPart, value: float) -> None:
    part.row.editor.settle(value)


def test_temperature_bends_the_same_numbers(enter: Enter, asking: ScriptedAsking, lines: list[str]) -> None:
    part = enter(TemperaturePart)
    assert "“that” has 40 %; the model gave it 40 %" in lines[-1]
    slide(part, 0.2)
    assert "At 0.20 “that” has 94 %; the model gave it 40 %. One token has nine tenths" in lines[-1]
    slide(part, 2.0)
    assert "tokens share nine tenths" in lines[-1]
    assert part.columns[0].view.bars.rows.bars[0].share < 0.3
    slide(part, 0.0)
    assert "“that” has 100 %" in lines[-1]
    assert asking.asked == ["next_word: The best thing about rain is"], "a slider asks nobody"


def test_a_cool_text_and_a_hot_one(enter: Enter, lines: list[str]) -> None:
    part = enter(TemperaturePart)
    part.write_button.click()
    assert [text.text() for text in part.texts] == [
        "The best thing about rain is written at 0.2",
        "The best thing about rain is written at 1.6",
    ]
    assert lines[-1].startswith("The model finds the words of the cool text ")


def test_top_k_cuts_behind_the_kth(enter: Enter, lines: list[str]) -> None:
    part = enter(TopKPart)
    assert lines[-1].startswith("5 of 10 tokens may be drawn. The model gave them 89 % together")
    slide(part, 1)
    assert lines[-1].startswith("1 of 10 tokens may be drawn. The model gave it 40 %")
    assert [bar.value for bar in part.columns[0].view.bars.rows.bars][1:] == ["cut"] * 7
    slide(part, 0)
    assert lines[-1] == "At 0 nothing is cut: each of the 10 tokens may be drawn."


def test_the_same_p_cuts_elsewhere_where_the_model_is_sure(enter: Enter, lines: list[str]) -> None:
    part = enter(TopPPart)
    told = "The same p of {value} leaves {sure} behind “The capital of France is”, and {unsure} behind “My favourite”."
    assert lines[-1] == told.format(value="0.80", sure="1 token", unsure="4 tokens")
    slide(part, 0.9)
    assert lines[-1] == told.format(value="0.90", sure="1 token", unsure="6 tokens")


def test_an_own_beginning_is_asked_for_once(enter: Enter, asking: ScriptedAsking, lines: list[str]) -> None:
    part = enter(TopKPart)
    field = part.columns[0].entry.field
    field.setText("The capital of France is")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert asking.asked[-1] == "next_word: The capital of France is"
    assert "97 % together" in lines[-1]
    count = len(asking.asked)
    part.leave()
    part.enter()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert len(asking.asked) == count
    field.setText("")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert lines[-1] == ""
    assert "beginning of a sentence" in part.columns[0].view.reason.text()


# Context

TALK = (
    (Role.SYSTEM, "Be kind."),
    (Role.USER, "What is a lighthouse good for?"),
    (Role.ASSISTANT, "It tells ships where the rocks are. " * 12),
    (Role.USER, "And a foghorn?"),
    (Role.ASSISTANT, "It does so when nobody sees the light."),
)


def test_the_open_chat_is_counted(enter: Enter, asking: ScriptedAsking, lines: list[str]) -> None:
    asking.turns = TALK
    part = enter(ContextPart)
    assert [row.speaker for row in part.meter.rows] == [
        "System prompt",
        "You",
        "Model",
        "You",
        "Model",
        "Marks between the turns",
    ]
    total = sum(row.tokens for row in part.meter.rows)
    assert f"All of it is {total} tokens" in lines[-1]
    assert f"of a context of {CONTEXT:,}" in lines[-1]


def test_a_small_context_leaves_the_oldest_out(enter: Enter, asking: ScriptedAsking, lines: list[str]) -> None:
    asking.turns = TALK
    part = enter(ContextPart)
    part.slider.value_changed.emit(100)
    assert [row.is_out for row in part.meter.rows] == [False, True, True, False, False, False]
    assert "the 2 oldest turns are left out" in lines[-1]
    assert "“What is a lighthouse good for?”" in lines[-1]
    part.field.value_edited.emit(float(CONTEXT))
    assert not any(row.is_out for row in part.meter.rows)
    assert "Nothing is left out" in lines[-1]


def test_without_a_chat_there_is_an_example(enter: Enter, asking: ScriptedAsking) -> None:
    part = enter(ContextPart)
    assert "An example" in part.heading.text()
    assert "Kittiwake" in part.meter.rows[0].text
    asking.turns = TALK
    part.enter()
    assert "is open" in part.heading.text()
    assert part.meter.rows[1].text == "What is a lighthouse good for?"


def test_the_oldest_turns_of_a_long_chat_share_a_row(enter: Enter, asking: ScriptedAsking) -> None:
    asking.turns = [(Role.USER, f"Question {number}") for number in range(30)]
    part = enter(ContextPart)
    assert part.meter.rows[0].speaker == "18 older turns"
    assert len(part.meter.rows) == 14


# Why it makes things up


def test_an_answer_is_tinted_and_counted(enter: Enter, asking: ScriptedAsking, lines: list[str]) -> None:
    part = enter(InventionPart)
    assert asking.asked == []
    part.ask_button.click()
    assert asking.asked == ["write: What is a glimmerwort tree?"]
    assert part.flow.isVisible()
    assert not part.answer.isVisible()
    shares = [part._traces.probability(number) for number in range(len(part._traces))]
    sure, guessed = sum(share > 0.8 for share in shares), sum(share < 0.3 for share in shares)
    assert lines[-1].startswith(f"Of {len(shares)} tokens the model was sure of {sure} and guessed {guessed}.")
    part.flow.picked.emit(0)
    assert part.others.text().startswith("“It” was picked at ")
    assert "“remain”" in part.others.text()


def test_the_answer_is_read_along_while_it_comes(enter: Enter, asking: ScriptedAsking) -> None:
    asking.held = True
    part = enter(InventionPart)
    part.ask_button.click()
    assert part.answer.text() == "…"
    part._hear("It")
    part._hear(" grows")
    assert part.answer.text() == "It grows"
    asking.let_go()
    assert part.flow.isVisible()


def test_without_probabilities_it_says_how_to_get_them(enter: Enter, asking: ScriptedAsking, lines: list[str]) -> None:
    asking.traces = lambda _text: Traces.of(())
    part = enter(InventionPart)
    part.ask_button.click()
    assert "Record probabilities" in lines[-1]
    assert part.answer.text().startswith("It grows in the north.")
    assert part.answer.isVisible()


# What stays private


def test_the_ledger_is_told_in_figures(enter: Enter, asking: ScriptedAsking, lines: list[str]) -> None:
    part = enter(PrivacyPart)
    assert part.ledger.text() == "Nothing has gone over the network so far."
    assert lines[-1].startswith("Since you opened the tour, nothing went")
    asking.ledger = [NetworkUse(1001.0, "hub.example", "search", 2_000), NetworkUse(9.0, "hub.example", "card", 3_000)]
    part.enter()
    assert part.ledger.text() == "2 requests over the network are noted here; 5 kB came back."
    assert "1 request went" in lines[-1]
    assert part._lines.count() == 2


def test_other_computers_that_help_are_named(enter: Enter, asking: ScriptedAsking, lines: list[str]) -> None:
    asking.servers = ("10.0.0.2:50052",)
    enter(PrivacyPart)
    assert lines[-1].startswith("The model answers with the help of 10.0.0.2:50052:")
    assert not any("from this computer alone" in line for line in lines)


def test_the_switch_is_the_setting(enter: Enter, asking: ScriptedAsking) -> None:
    asking.is_offline = True
    part = enter(PrivacyPart)
    assert part.offline.isChecked()
    part.offline.click()
    assert not asking.is_offline


def test_a_folder_is_shown_or_named(
    enter: Enter, asking: ScriptedAsking, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    works = True

    def show(url) -> bool:
        opened.append(url.toLocalFile())
        return works

    monkeypatch.setattr(QDesktopServices, "openUrl", show)
    part = enter(PrivacyPart)
    part.places[0].button.click()
    assert [Path(path) for path in opened] == [asking.folder]
    works = False
    part.places[1].button.click()
    assert str(asking.folder / "config") in lines[-1]
