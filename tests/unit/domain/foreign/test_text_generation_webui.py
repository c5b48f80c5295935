"""Chats of text-generation-webui: pairs, versions of an answer, a character's greeting, files, and old ones."""

from datetime import UTC, datetime
from typing import Any

import pytest

from desktop_app.domain.foreign.text_generation_webui import is_text_generation_webui, text_generation_webui_chat
from desktop_app.domain.moving_in import ForeignChat, Leftovers, summary
from tests.foreign_exports import text_generation_webui_chat as exported
from tests.unit.domain.foreign.trees import checked, models, spoken

TEN_PAST_TEN = datetime(2026, 1, 5, 10, 10, tzinfo=UTC).timestamp()


def chat(*pairs: tuple[str, str], fallback_at: float = 0.0, **metadata: Any) -> ForeignChat:
    return checked(text_generation_webui_chat(exported(*pairs, **metadata), fallback_at))


def test_pairs_follow_each_other_as_the_model_had_them() -> None:
    found = chat(("Hi & you", "<think>Hm</think>Hello"), ("And?", "So."), fallback_at=TEN_PAST_TEN)
    assert spoken(found) == [("u", "Hi & you"), ("a", "T(Hm)Hello"), ("u", "And?"), ("a", "So.")]
    assert found.chat.title == "Hi & you"
    assert found.chat.created_at == TEN_PAST_TEN


def test_versions_of_an_answer_are_branches_and_the_chosen_one_goes_on() -> None:
    versions = [{"content": "One", "timestamp": "Jan 05, 2026 10:11"}, {"content": "Two"}, {"content": "Three"}]
    told = {"versions": versions, "current_version_index": 1, "timestamp": "Jan 05, 2026 10:12", "model_name": "gemma"}
    found = chat(("Hi", "Two"), ("And?", "So."), user_0={"timestamp": "Jan 05, 2026 10:10"}, assistant_0=told)
    assert spoken(found) == [("u", "Hi"), ("a", "Two"), ("u", "And?"), ("a", "So.")]
    assert summary(found).branches == 3
    assert models(found) == ("gemma",)
    assert found.messages[0].created_at == TEN_PAST_TEN


def test_a_character_begins() -> None:
    found = chat(("<|BEGIN-VISIBLE-CHAT|>", "I am Ada."), ("Hi", "Yes?"))
    assert spoken(found) == [("a", "I am Ada."), ("u", "Hi"), ("a", "Yes?")]


def test_files_that_went_along() -> None:
    attached = [
        {"name": "notes.txt", "type": "text/plain", "content": "words"},
        {"name": "cat.png", "type": "image/png", "image_data": "data:"},
    ]
    found = chat(("Hi", "Hello"), user_0={"attachments": attached})
    assert spoken(found)[0] == ("u", "F(notes.txt: words)[image: cat.png]\n\nHi")
    assert found.leftovers == Leftovers(images=1)


def test_an_old_one_and_a_longer_one_of_the_same_chat() -> None:
    old = {"data": [["Hi", "Hello"]], "data_visible": [["Hi", "Hello"]]}
    assert is_text_generation_webui(old)
    assert spoken(checked(text_generation_webui_chat(old))) == [("u", "Hi"), ("a", "Hello")]
    assert chat(("Hi", "Hello"), ("And?", "So.")).chat.id == chat(("Hi", "Hello")).chat.id


@pytest.mark.parametrize(
    "when", ["Jan 35, 2026 10:11", "Foo 05, 2026 10:11", "Jan 05, 0000 10:11", "yesterday", "", None, 7]
)
def test_times_that_are_none(when: object) -> None:
    found = chat(("Hi", "Hello"), fallback_at=TEN_PAST_TEN, user_0={"timestamp": when})
    assert found.chat.created_at == TEN_PAST_TEN


@pytest.mark.parametrize(
    "other",
    [{}, {"data": []}, {"internal": [["a"]], "visible": []}, {"internal": [1], "visible": [1]}, {"visible": []}],
)
def test_other_json_is_none(other: dict[str, Any]) -> None:
    assert not is_text_generation_webui(other)
