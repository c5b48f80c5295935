"""Names read from files, titles made from questions, ids."""

import time

import pytest

from desktop_app.domain.ids import new_id
from desktop_app.domain.model_names import is_model_name, numbered, part_names, split_file_name, split_part
from desktop_app.domain.titles import LONGEST_TITLE, clean_title, title_from_question


@pytest.mark.parametrize(
    ("file_name", "name", "quantization"),
    [
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "SmolLM2 135M Instruct", "Q4_1"),
        ("Qwen3-8B-Q4_K_M.gguf", "Qwen3 8B", "Q4_K_M"),
        ("gemma-3-12b-it-IQ3_XXS.gguf", "gemma 3 12b it", "IQ3_XXS"),
        ("gpt-oss-20b-mxfp4.GGUF", "gpt oss 20b", "MXFP4"),
        ("Llama-3.3-70B-Instruct-Q6_K-00001-of-00002.gguf", "Llama 3.3 70B Instruct", "Q6_K"),
        ("model.gguf", "model", ""),
        ("two\nlines\tand-\x07a-bell-Q8_0.gguf", "two lines and a bell", "Q8_0"),
        ("Phi-4-UD-Q2_K_XL.gguf", "Phi 4", "UD-Q2_K_XL"),
    ],
)
def test_a_file_name_tells_name_and_quantization(file_name: str, name: str, quantization: str) -> None:
    assert split_file_name(file_name) == (name, quantization)


@pytest.mark.parametrize(
    ("file_name", "part", "names"),
    [
        ("a.gguf", None, ["a.gguf"]),
        ("a-00001-of-00001.gguf", (1, 1, "a"), ["a-00001-of-00001.gguf"]),
        ("a-00002-of-00002.GGUF", (2, 2, "a"), ["a-00001-of-00002.GGUF", "a-00002-of-00002.GGUF"]),
        ("a-00001-of-00000.gguf", (1, 0, "a"), []),
        ("a-1-of-2.gguf", None, ["a-1-of-2.gguf"]),
        ("sha256-0123", None, ["sha256-0123"]),
    ],
)
def test_a_part_names_all_parts(file_name: str, part: tuple[int, int, str] | None, names: list[str]) -> None:
    assert split_part(file_name) == part
    assert part_names(file_name) == names


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What is a tree?", "What is a tree?"),
        ("  \n## Plan my week.\nMonday…", "Plan my week"),
        ("```\ncode\n```", "code"),
        ("你好，" * 40, ("你好，" * 40)[:LONGEST_TITLE] + "…"),
        ("", ""),
    ],
)
def test_a_title_is_the_first_line_with_words(question: str, title: str) -> None:
    assert title_from_question(question) == title


def test_a_long_title_is_cut_at_a_word() -> None:
    title = title_from_question("Explain in simple words how a steam engine turns heat into motion")
    assert title == "Explain in simple words how a steam engine…"
    assert len(title) <= LONGEST_TITLE + 1


def test_ids_sort_by_time_and_never_repeat() -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert sorted(ids, key=lambda made: made[:16]) == ids
    assert all(len(made) == 32 for made in ids)


def test_ids_that_are_made_while_the_clock_stands_still_sort_as_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """As clocks of Windows and macOS do, and any that is put back."""
    moment = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: moment)
    ids = [new_id() for _ in range(1000)]
    monkeypatch.setattr(time, "time_ns", lambda: moment - 3_600_000_000_000)
    ids += [new_id() for _ in range(1000)]
    assert ids == sorted(ids)


@pytest.mark.parametrize(
    ("file_name", "expected"),
    [
        ("Qwen3-8B-Q4_K_M.gguf", "Qwen3-8B-2-Q4_K_M.gguf"),
        ("Qwen3.Q4_1.GGUF", "Qwen3-2.Q4_1.GGUF"),
        ("model.gguf", "model-2.gguf"),
        ("Big-Q6_K-00001-of-00002.gguf", "Big-2-Q6_K-00001-of-00002.gguf"),
    ],
)
def test_a_number_keeps_quantization_and_part(file_name: str, expected: str) -> None:
    assert numbered(file_name, 2) == expected
    assert split_file_name(expected)[1] == split_file_name(file_name)[1]


@pytest.mark.parametrize(
    ("file_name", "is_one"),
    [("a.gguf", True), ("a.GGUF", True), ("a-00001-of-00002.gguf", True), ("a-00002-of-00002.gguf", False),
     ("mmproj-a.gguf", False), ("a.gguf.part", False)],
)  # fmt: skip
def test_what_stands_for_a_model(file_name: str, is_one: bool) -> None:
    assert is_model_name(file_name) is is_one


TALK = "What is the capital of France?\nThe capital of France is Paris, a city on the Seine."


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Capital of France", "Capital of France"),
        ('"The Capital of France"', "The Capital of France"),
        ("**Title:** Paris and the Seine\n", "Paris and the Seine"),
        ("# Paris.", "Paris"),
        ("«Paris, sur Seine»", "Paris, sur Seine"),
        ("Where is Paris?", "Where is Paris?"),
        ("The capital of France is Paris.", ""),
        ("Paris, Paris, Paris", ""),
        ("Awesome ideas", ""),
        ("Sure! Here is a title about Paris", ""),
        ("Here is a title:", ""),
        ("I'm sorry, I know no title for Paris", ""),
        ("The conversation is about Paris", ""),
        ("Two to Five Words: A City in France", ""),
        ("Write a title of the capital", ""),
        ("Title:", ""),
        ("Paris\nFrance", ""),
        ("<think>\nParis", ""),
        ("```\nParis\n```", ""),
        ("Paris " * 9, ""),
        ("Paris-" * 20, ""),
        ("  \n ", ""),
        ("...", ""),
        ("1. 2.", ""),
        ("Paris is big. France too", ""),
    ],
)
def test_a_models_title_is_clean_or_dropped(written: str, title: str) -> None:
    assert clean_title(written, TALK) == title


def test_titles_in_other_scripts() -> None:
    assert clean_title("「法国首都」", "法国的首都是哪里?") == "法国首都"
    assert clean_title("美味料理", "法国的首都是哪里?") == ""
    assert clean_title("Столица Франции", "Какая столица у Франции?") == "Столица Франции"
