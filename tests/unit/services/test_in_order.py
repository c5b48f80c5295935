"""What changes files is done in the order in which it was asked for, though the threads of a pool overtake each other."""

from pathlib import Path

import pytest

from desktop_app.domain.personas import Persona
from desktop_app.services.background.jobs import InOrder
from desktop_app.services.network.token import Token
from desktop_app.services.writing.personas import Personas
from desktop_app.services.writing.prompt_library import PromptLibrary
from tests.unit.services.held import HeldPool


def run_the_last_first(pool: HeldPool) -> None:
    """Have another thread overtake the one that took up what was asked for first."""
    while pool.jobs:
        pool.run(len(pool.jobs) - 1)


def test_one_is_done_after_the_other_and_each_tells_its_own_end() -> None:
    pool = HeldPool()
    orders, done = InOrder(pool), list[int]()
    first, _second, third = (
        orders.submit(lambda number=number: done.append(number) or 1 // number) for number in range(3)
    )
    third.cancel()
    run_the_last_first(pool)
    assert done == [0, 1]
    assert isinstance(first.exception(0), ZeroDivisionError)
    assert orders.submit(lambda: done.append(3)) is not None
    run_the_last_first(pool)
    assert done == [0, 1, 3]


def test_the_last_words_of_a_persona_are_kept(tmp_path: Path) -> None:
    pool = HeldPool()
    personas = Personas(folder=tmp_path / "own", built_in=tmp_path / "built-in", pool=pool)
    made = personas.save(Persona(name="A", greeting=""))
    run_the_last_first(pool)
    key, before = made.result(0), Persona(name="A", greeting="")
    for words in ("Ahoy", "Ahoy there"):
        after = Persona(name="A", greeting=words)
        personas.save(after, key, before)
        before = after
    run_the_last_first(pool)
    listed = personas.entries(())
    run_the_last_first(pool)
    ((persona),) = [entry.persona for entry in listed.result(0)]
    assert persona is not None
    assert persona.greeting == "Ahoy there"


def test_the_last_text_and_the_last_marks_of_a_template_are_kept(tmp_path: Path) -> None:
    pool = HeldPool()
    prompts = PromptLibrary(
        folder=tmp_path / "own", built_in=tmp_path / "built-in", marks_file=tmp_path / "marks.json", pool=pool
    )
    made = prompts.create("Say hello.")
    run_the_last_first(pool)
    key = made.result(0)
    for text, favourite, shortcut in (("Say good day.", True, "Ctrl+Alt+1"), ("Say good night.", False, "")):
        prompts.save(key, text)
        prompts.set_favourite(key, favourite)
        prompts.set_shortcut(key, shortcut)
    run_the_last_first(pool)
    listed = prompts.entries()
    run_the_last_first(pool)
    (entry,) = listed.result(0)
    assert entry.template is not None
    assert (entry.template.body, entry.favourite, entry.shortcut) == ("Say good night.", False, "")


def test_a_token_that_was_taken_back_is_kept_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, kept = HeldPool(), list[str]()
    monkeypatch.setattr("desktop_app.services.network.token._write", lambda token: kept.append(token) or True)
    token = Token(pool)
    token.keep("hf_first")
    token.keep("")
    run_the_last_first(pool)
    assert kept == ["hf_first", ""]
    assert token.value() == ""
