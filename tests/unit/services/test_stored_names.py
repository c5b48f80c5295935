"""Names that the app makes and stores: they are plain text, whatever the language was."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path

import pytest

from desktop_app.domain.moving_in import Origin
from desktop_app.domain.personas import Persona
from desktop_app.services.chat_files.import_words import folder_name
from desktop_app.services.chats.branches import branch_title, copy_title
from desktop_app.services.writing.personas import Personas
from desktop_app.services.writing.prompt_library import PromptLibrary
from desktop_app.support.i18n import LANGUAGES, translator
from desktop_app.support.paths import Paths

ISOLATES = set("\u2066\u2067\u2068\u2069")


@pytest.fixture(params=LANGUAGES, autouse=True)
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    translator.use(request.param)
    yield request.param
    translator.use("en")


@pytest.mark.parametrize("titled", [branch_title, copy_title])
def test_a_branch_of_a_branch_and_a_copy_of_a_copy_say_so_once(titled: Callable[[str], str]) -> None:
    title = titled("Boat")
    assert "Boat" in title
    assert title != "Boat"
    assert ISOLATES.isdisjoint(title)
    assert titled(title) == title
    assert titled("") == ""


def test_the_folder_of_another_app_has_a_plain_name() -> None:
    assert "Jan" in folder_name(Origin.JAN)
    assert ISOLATES.isdisjoint(folder_name(Origin.JAN))


def test_a_copy_of_a_template_has_a_plain_name(paths: Paths, pool: Executor, tmp_path: Path) -> None:
    (tmp_path / "letter.md").write_text('+++\ntitle = "Letter"\n+++\nWrite.\n')
    library = PromptLibrary(
        folder=paths.templates, built_in=tmp_path, marks_file=paths.template_marks_file, pool=pool, clock=lambda: 1.0
    )
    (entry,) = library.entries().result()
    library.duplicate(entry.key).result()
    assert all(ISOLATES.isdisjoint(entry.title) for entry in library.entries().result())


def test_a_copy_of_a_persona_has_a_plain_name(pool: Executor, tmp_path: Path) -> None:
    personas = Personas(folder=tmp_path, built_in=tmp_path / "built-in", pool=pool)
    personas.duplicate(personas.save(Persona(name="Sailor", prompt="Ahoy")).result()).result()
    names = [entry.name for entry in personas.entries([]).result()]
    assert len(set(names)) == 2
    assert all(ISOLATES.isdisjoint(name) for name in names)
