"""The personas on disk: listed with their faults, saved, copied, deleted and brought back, imported and exported."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from desktop_app.domain.errors import ErrorCode, PersonaError
from desktop_app.domain.models import ModelFile
from desktop_app.domain.personas import MOST_BYTES, Persona, ReadPersona, parse_persona
from desktop_app.domain.prompt_templates import parse_template
from desktop_app.services.writing.personas import LibraryPersona, Personas
from desktop_app.support.i18n import translator
from desktop_app.support.paths import resources
from tests.unit.domain.foreign.cards import ADA, PNG, picture

QWEN = ModelFile(path="/m/Qwen3-8B-Q4_K_M.gguf", name="Qwen3 8B", quantization="Q4_K_M")
GONE = ModelFile(path="/m/gone.gguf", name="Gone", missing=True)
SAILOR = Persona(name="Sailor", prompt="You speak like a sailor.", sampling={"temperature": 1.2})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "personas"


@pytest.fixture
def personas(folder: Path) -> Iterator[Personas]:
    with ThreadPoolExecutor(2) as pool:
        yield Personas(folder=folder, built_in=resources() / "personas", pool=pool)


def own(personas: Personas) -> list[LibraryPersona]:
    return [entry for entry in personas.entries([QWEN, GONE]).result(60) if entry.is_own]


def put(folder: Path, name: str, content: str | bytes) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def test_those_that_come_along_are_whole(personas: Personas) -> None:
    entries = personas.entries([]).result(60)
    assert len(entries) == 8
    pictures = personas.pictures().result(60)
    files = (resources() / "templates").rglob("*.md")
    templates = {parse_template(file.read_text(encoding="utf-8")).title for file in files}
    for entry in entries:
        assert entry.error is None
        assert entry.findings == ()
        assert entry.persona is not None
        assert entry.persona.picture in pictures
        assert Path(entry.picture).stem == entry.persona.picture
        assert entry.persona.prompt
        assert entry.persona.greeting
        assert len(entry.persona.questions) >= 2
        assert templates.issuperset(entry.persona.templates)
    assert len({entry.picture for entry in entries}) == 8


def test_files_are_parsed_again_where_they_or_the_language_are_others(
    personas: Personas, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []

    def parse(text: str, name: str) -> ReadPersona:
        parsed.append(name)
        return parse_persona(text, name)

    monkeypatch.setattr(f"{Personas.__module__}.parse_persona", parse)
    put(folder, "Ada.md", "You are Ada.")
    put(folder, "Bo.md", "You are Bo.")
    before = personas.entries([]).result(60)
    assert len(parsed) == 10
    parsed.clear()
    assert personas.entries([]).result(60) == before
    assert parsed == []
    put(folder, "Ada.md", "You are Ada, who counts.")
    assert [entry.persona.prompt for entry in own(personas) if entry.persona] == [
        "You are Ada, who counts.",
        "You are Bo.",
    ]
    assert parsed == ["Ada"]
    parsed.clear()
    monkeypatch.setattr(f"{Personas.__module__}._", lambda message: f"({message})")
    monkeypatch.setattr(translator, "language", "de")
    assert all(entry.name.startswith("(") for entry in personas.entries([]).result(60) if not entry.is_own)
    assert len(parsed) == 10


def test_what_another_window_changed_stays_and_one_that_it_deleted_too(personas: Personas) -> None:
    told: list[None] = []
    personas.changed.subscribe(told.append)
    key = personas.save(SAILOR).result(60)
    personas.save(msgspec.structs.replace(SAILOR, greeting="Ahoy."), key, SAILOR).result(60)
    personas.save(msgspec.structs.replace(SAILOR, name="Pilot"), key, SAILOR).result(60)
    (entry,) = own(personas)
    assert entry.persona == msgspec.structs.replace(SAILOR, name="Pilot", greeting="Ahoy.")
    assert len(told) == 3
    personas.delete(key).result(60)
    error = personas.save(SAILOR, key, entry.persona).exception(60)
    assert isinstance(error, PersonaError)
    assert error.info.code is ErrorCode.PERSONA_GONE
    assert own(personas) == []


def test_save_change_copy_delete_and_undo(personas: Personas, folder: Path) -> None:
    key = personas.save(SAILOR).result(60)
    assert [entry.persona for entry in own(personas)] == [SAILOR]
    assert personas.save(Persona(name="Old sailor", prompt="x"), key).result(60) == key
    copy = personas.duplicate(key).result(60)
    assert {entry.name for entry in own(personas)} == {"Old sailor", "Old sailor, my version"}
    content = personas.delete(key).result(60)
    assert [entry.key for entry in own(personas)] == [copy]
    personas.put_back(key, content).result(60)
    assert {entry.key for entry in own(personas)} == {key, copy}
    assert not [file for file in folder.iterdir() if file.suffix != ".md"]


def test_two_of_one_name_have_files_of_their_own(personas: Personas) -> None:
    keys = {personas.save(Persona(name=name)).result(60) for name in ("Sailor", "Sailor", "../Sailor", "CON", "🙂")}
    assert len(keys) == 5
    assert all("/" not in key.removeprefix("own/") for key in keys)
    assert "own/con.md" not in keys


def test_one_of_the_apps_own_is_copied_to_be_changed(personas: Personas) -> None:
    key = personas.duplicate("built-in/critic.md").result(60)
    (entry,) = own(personas)
    assert (entry.key, entry.name) == (key, "Critic, my version")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe bad", ErrorCode.PERSONA_NOT_TEXT),
        (b"a\0b", ErrorCode.PERSONA_NOT_TEXT),
        ("+++\nname = \n+++\nx", ErrorCode.PERSONA_INVALID),
        ("x" * (MOST_BYTES + 1), ErrorCode.PERSONA_TOO_LARGE),
    ],
)
def test_a_broken_file_is_listed_with_its_error_and_kept(
    personas: Personas, folder: Path, content: str | bytes, code: ErrorCode
) -> None:
    put(folder, "broken.md", content)
    put(folder, "fine.md", "Fine.")
    broken, fine = own(personas)
    assert (broken.name, broken.persona) == ("broken", None)
    assert broken.error is not None
    assert broken.error.code is code
    assert fine.persona is not None
    raw = content.encode() if isinstance(content, str) else content
    assert (folder / "broken.md").read_bytes() == raw
    assert personas.delete(broken.key).result(60) == raw


def test_a_model_and_a_picture_that_are_not_here_are_told(personas: Personas, folder: Path) -> None:
    put(folder, "a.md", '+++\nmodel = "Gone"\npicture = "me.png"\n+++\nx')
    put(folder, "b.md", '+++\nmodel = "qwen3-8b-q4_k_m"\npicture = "../../secret.png"\n+++\nx')
    put(folder, "c.md", '+++\nmodel = "Qwen3 8B"\npicture = "me.PNG"\n+++\nx')
    put(folder, "me.PNG", b"")
    first, second, third = own(personas)
    assert {finding.code for finding in first.findings} == {
        ErrorCode.PERSONA_MODEL_MISSING,
        ErrorCode.PERSONA_PICTURE_MISSING,
    }
    assert first.model_path == ""
    assert Path(first.picture).stem == "assistant"
    assert [finding.code for finding in second.findings] == [ErrorCode.PERSONA_PICTURE_MISSING]
    assert second.model_path == third.model_path == QWEN.path
    assert third.picture == str(folder / "me.PNG")
    assert third.findings == ()


def test_import_brings_the_image_along_and_tells_what_could_not_be_read(
    personas: Personas, folder: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    put(elsewhere, "sailor.md", '+++\nname = "Sailor"\npicture = "sea.png"\n+++\nAhoy.')
    put(elsewhere, "sea.png", b"image")
    put(elsewhere, "bad.md", b"\xff")
    imported = personas.take_in([str(elsewhere / "sailor.md"), str(elsewhere / "bad.md"), "/nowhere.md"]).result(60)
    assert imported.keys == ("own/sailor.md",)
    assert [error.code for error in imported.errors] == [ErrorCode.PERSONA_NOT_TEXT, ErrorCode.PERSONA_GONE]
    assert (folder / "sea.png").read_bytes() == b"image"
    target = tmp_path / "out" / "sailor.md"
    personas.export("own/sailor.md", str(target)).result(60)
    assert target.read_bytes() == (elsewhere / "sailor.md").read_bytes()


def test_a_character_card_comes_with_its_picture_and_what_was_left_out_is_told(
    personas: Personas, folder: Path, tmp_path: Path
) -> None:
    put(folder, "ada.png", b"somebody else's")
    card = {"spec": "chara_card_v2", "data": {**ADA, "alternate_greetings": ["Good evening."]}}
    put(tmp_path, "card.png", picture(chara=card))
    imported = personas.take_in([str(tmp_path / "card.png")]).result(60)
    assert imported.keys == ("own/ada.md",)
    assert [(note.code, note.params) for note in imported.notes] == [
        (ErrorCode.PERSONA_GREETINGS_LEFT_OUT, {"name": "Ada"})
    ]
    (ada,) = own(personas)
    assert ada.persona is not None
    assert ada.persona.greeting.startswith("Good day")
    assert ada.findings == ()
    assert ada.picture == str(folder / "ada-2.png")
    assert Path(ada.picture).read_bytes().startswith(PNG)
    assert (folder / "ada.png").read_bytes() == b"somebody else's"


def test_files_of_other_programs_are_taken_in_and_what_is_none_is_told(
    personas: Personas, folder: Path, tmp_path: Path
) -> None:
    put(tmp_path, "Chiharu.yaml", "name: Chiharu\ncontext: Young.\ngreeting: Hi.\n")
    put(tmp_path, "Chiharu.jpg", b"her picture")
    put(tmp_path, "Modelfile", "FROM Qwen3-8B-Q4_K_M\nPARAMETER temperature 9\nPARAMETER top_k 7\nSYSTEM Be brief.\n")
    put(tmp_path, "holiday.png", picture())
    put(tmp_path, "long.json", json.dumps({**ADA, "description": "x" * MOST_BYTES}))
    names = ("Chiharu.yaml", "Modelfile", "holiday.png", "long.json")
    imported = personas.take_in([str(tmp_path / name) for name in names]).result(60)
    assert [error.code for error in imported.errors] == [ErrorCode.PERSONA_NOT_KNOWN, ErrorCode.PERSONA_TOO_LARGE]
    chiharu, modelfile = own(personas)
    assert Path(chiharu.picture).read_bytes() == b"her picture"
    assert modelfile.model_path == QWEN.path
    assert modelfile.persona is not None
    assert modelfile.persona.sampling == {"temperature": 2.0, "top_k": 7}
    assert modelfile.findings == ()


def test_what_cannot_be_written_or_is_gone_is_told(personas: Personas, folder: Path) -> None:
    error = personas.delete("own/nothing.md").exception(60)
    assert isinstance(error, PersonaError)
    assert error.code is ErrorCode.PERSONA_GONE
    folder.write_text("a file in the way")
    error = personas.save(SAILOR).exception(60)
    assert isinstance(error, PersonaError)
    assert error.code is ErrorCode.PERSONA_UNSAVED


def test_one_that_comes_back_leaves_a_new_one_of_its_name(personas: Personas) -> None:
    key = personas.save(SAILOR).result(60)
    content = personas.delete(key).result(60)
    assert personas.save(Persona(name="Sailor", prompt="Another one.")).result(60) == key
    personas.put_back(key, content).result(60)
    assert {entry.persona.prompt for entry in own(personas) if entry.persona} == {SAILOR.prompt, "Another one."}


def test_a_model_that_is_named_by_its_path_is_found_where_it_moved_to(personas: Personas) -> None:
    personas.save(Persona(name="Sailor", model="/old/sea.gguf")).result(60)
    moved = ModelFile(path="/new/sea-2.gguf", name="sea", former=("/old/sea.gguf",))
    (entry,) = (each for each in personas.entries([QWEN, moved]).result(60) if each.is_own)
    assert (entry.model_path, entry.findings) == (moved.path, ())
