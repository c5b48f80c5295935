"""The library of prompt templates over real folders."""

import json
import os
import sys
from concurrent.futures import Executor
from pathlib import Path

import pytest

from desktop_app.domain.errors import ErrorCode, TemplateFileError
from desktop_app.domain.prompt_versions import Change, DiffLine, diff_lines
from desktop_app.services.writing.prompt_files import MOST_VERSIONS
from desktop_app.services.writing.prompt_library import MOST_VALUE_BYTES, LibraryTemplate, PromptLibrary
from desktop_app.support.paths import Paths

LETTER = '+++\ntitle = "Letter"\n+++\nWrite to {{ name }}.\n'


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def library(paths: Paths, pool: Executor, tmp_path: Path) -> PromptLibrary:
    built_in = tmp_path / "built-in"
    (built_in / "Writing").mkdir(parents=True)
    (built_in / "Writing" / "proofread.md").write_text('+++\ntitle = "Proofread"\n+++\nMend {{ text }}.\n')
    return PromptLibrary(
        folder=paths.templates, built_in=built_in, marks_file=paths.template_marks_file, pool=pool, clock=Clock()
    )


def listed(library: PromptLibrary) -> dict[str, LibraryTemplate]:
    return {each.key: each for each in library.entries().result()}


def code_of(future: object) -> ErrorCode:
    with pytest.raises(TemplateFileError) as caught:
        future.result()  # type: ignore[attr-defined]
    return caught.value.code


def drop(library: PromptLibrary, name: str, content: bytes) -> str:
    file = library.folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return f"own/{name}"


def test_what_comes_with_the_app_is_there_at_once(library: PromptLibrary) -> None:
    (only,) = listed(library).values()
    assert (only.title, only.folder, only.is_own) == ("Proofread", "Writing", False)


def test_files_dropped_into_the_folder_appear_and_go(library: PromptLibrary) -> None:
    key = drop(library, "Home/notes to self.md", b"Say {{ what }}.")
    found = listed(library)[key]
    assert (found.title, found.folder, found.is_own) == ("notes to self", "Home", True)
    drop(library, "Home/notes to self.md", b'+++\ntitle = "Notes"\nfolder = "Elsewhere"\n+++\nSay it.')
    found = listed(library)[key]
    assert (found.title, found.folder) == ("Notes", "Elsewhere")
    (library.folder / "Home" / "notes to self.md").unlink()
    assert key not in listed(library)


def test_what_did_not_change_is_not_read_again(library: PromptLibrary) -> None:
    key = drop(library, "a.md", LETTER.encode())
    first = listed(library)[key].template
    assert listed(library)[key].template is first


def test_files_that_are_no_templates_are_told_apart(library: PromptLibrary) -> None:
    keys = {
        ErrorCode.PROMPT_TEMPLATE_NOT_TEXT: drop(library, "latin.md", b"caf\xe9"),
        ErrorCode.PROMPT_TEMPLATE_INVALID: drop(library, "cut.md", b"+++\ntitle = 'x'\n"),
        ErrorCode.PROMPT_TEMPLATE_TOO_LARGE: drop(library, "huge.txt", b"x" * 300_000),
    }
    drop(library, "zero.md", b"a\0b")
    drop(library, "picture.png", b"")
    drop(library, ".hidden.md", b"x")
    found = listed(library)
    assert len(found) == 5
    for code, key in keys.items():
        error = found[key].error
        assert error is not None
        assert error.code is code
        assert found[key].template is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_pipes_loops_and_odd_names_are_passed_over(library: PromptLibrary) -> None:
    library.folder.mkdir(parents=True)
    os.mkfifo(library.folder / "pipe.md")
    (library.folder / "loop").symlink_to(library.folder)
    (library.folder / "nothing.md").symlink_to(library.folder / "nowhere")
    Path(os.fsdecode(os.fsencode(library.folder) + b"/\xff.md")).write_text("x")
    deep = library.folder.joinpath(*"abcdefghijkl")
    deep.mkdir(parents=True)
    (deep / "deep.md").write_text("x")
    assert [each.is_own for each in listed(library).values()] == [False]


def test_saving_keeps_what_it_replaces(library: PromptLibrary) -> None:
    key = library.create(LETTER).result()
    assert listed(library)[key].title == "Letter"
    library.save(key, LETTER.replace("Write", "Draft")).result()
    library.save(key, LETTER.replace("Write", "Draft")).result()  # the same again: no version
    library.save(key, LETTER.replace("Write", "Send")).result()
    newest, oldest = library.versions(key).result()
    assert newest.saved_at > oldest.saved_at
    assert library.compare(key, oldest.id).result() == (
        DiffLine(Change.SAME, "+++"),
        DiffLine(Change.SAME, 'title = "Letter"'),
        DiffLine(Change.SAME, "+++"),
        DiffLine(Change.REMOVED, "Write to {{ name }}."),
        DiffLine(Change.ADDED, "Send to {{ name }}."),
    )
    library.restore(key, oldest.id).result()
    assert library.text(key).result() == LETTER
    assert len(library.versions(key).result()) == 3


def test_only_so_many_versions_are_kept(library: PromptLibrary) -> None:
    key = library.create(LETTER).result()
    for number in range(MOST_VERSIONS + 5):
        library.save(key, f"{LETTER}{number}").result()
    versions = library.versions(key).result()
    assert len(versions) == MOST_VERSIONS
    assert library.compare(key, versions[0].id).result()[-2:] == (
        DiffLine(Change.REMOVED, str(MOST_VERSIONS + 3)),
        DiffLine(Change.ADDED, str(MOST_VERSIONS + 4)),
    )


def test_what_is_wrong_is_not_saved(library: PromptLibrary) -> None:
    key = library.create(LETTER).result()
    assert code_of(library.save(key, "+++\nx")) is ErrorCode.PROMPT_TEMPLATE_INVALID
    assert code_of(library.create("")) is ErrorCode.PROMPT_TEMPLATE_INVALID
    assert library.text(key).result() == LETTER


def test_a_copy_of_one_that_came_with_the_app(library: PromptLibrary) -> None:
    (built_in,) = listed(library)
    key = library.duplicate(built_in).result()
    copy = listed(library)[key]
    assert (copy.title, copy.is_own) == ("Proofread, my version", True)
    assert library.duplicate(key).result() != key


def test_deleting_can_be_undone(library: PromptLibrary) -> None:
    key = library.create(LETTER).result()
    text = library.delete(key).result()
    assert key not in listed(library)
    assert code_of(library.text(key)) is ErrorCode.PROMPT_TEMPLATE_GONE
    library.put_back(key, text).result()
    assert listed(library)[key].title == "Letter"
    assert len(library.versions(key).result()) == 1


def test_titles_become_file_names(library: PromptLibrary) -> None:
    titles = ["../../etc/passwd", "con", "***", "Größe / 長い名前", "x" * 300, "Letter", "letter"]
    keys = [library.create(f"+++\ntitle = {title!r}\n+++\nx").result() for title in titles]
    assert keys == [
        "own/etc-passwd.md", "own/con-template.md", "own/template.md", "own/größe-長い名前.md", f"own/{'x' * 60}.md",
        "own/letter.md", "own/letter-2.md",
    ]  # fmt: skip


def test_import_and_export(library: PromptLibrary, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.md", tmp_path / "bad.md"
    good.write_text(LETTER)
    bad.write_bytes(b"\xff\xfe")
    imported = library.take_in([str(good), str(bad), str(tmp_path / "absent.md")]).result()
    assert imported.keys == ("own/letter.md",)
    assert [error.code for error in imported.errors] == [
        ErrorCode.PROMPT_TEMPLATE_NOT_TEXT,
        ErrorCode.PROMPT_TEMPLATE_UNREADABLE,
    ]
    out = tmp_path / "out.md"
    library.export("own/letter.md", str(out)).result()
    assert out.read_text() == LETTER


def test_favourites_and_shortcuts_are_kept_apart_from_the_files(library: PromptLibrary) -> None:
    (built_in,) = listed(library)
    own = library.create(LETTER).result()
    library.set_favourite(built_in, True).result()
    library.set_shortcut(built_in, "Ctrl+Alt+1").result()
    library.set_shortcut(own, "Ctrl+Alt+1").result()  # a shortcut belongs to one template
    found = listed(library)
    assert (found[built_in].favourite, found[built_in].shortcut) == (True, "")
    assert (found[own].favourite, found[own].shortcut) == (False, "Ctrl+Alt+1")
    library.set_favourite(built_in, False).result()
    library.set_shortcut(own, "").result()
    assert not any(each.favourite or each.shortcut for each in listed(library).values())


def test_a_folder_that_cannot_be_written_is_told(library: PromptLibrary) -> None:
    library.folder.parent.mkdir(parents=True)
    library.folder.write_text("a file in its place")
    assert code_of(library.create(LETTER)) is ErrorCode.PROMPT_TEMPLATE_UNSAVED
    assert len(listed(library)) == 1


def test_files_read_for_a_placeholder(library: PromptLibrary, tmp_path: Path) -> None:
    file = tmp_path / "value.txt"
    file.write_text("{{ text }}")
    assert library.read_value(str(file)).result() == "{{ text }}"
    file.write_bytes(b"x" * (MOST_VALUE_BYTES + 1))
    assert code_of(library.read_value(str(file))) is ErrorCode.PROMPT_TEMPLATE_TOO_LARGE
    assert code_of(library.read_value(str(tmp_path))) is ErrorCode.PROMPT_TEMPLATE_NOT_TEXT


def test_a_comparison_holds_every_line_of_both() -> None:
    old, new = "a\nb\nc\nd", "a\nx\nc\ne\nd"
    lines = diff_lines(old, new)
    assert [line.text for line in lines if line.change is not Change.ADDED] == old.split("\n")
    assert [line.text for line in lines if line.change is not Change.REMOVED] == new.split("\n")


def test_one_that_comes_back_leaves_a_new_one_of_its_name(library: PromptLibrary) -> None:
    key = library.create(LETTER).result()
    text = library.delete(key).result()
    other = '+++\ntitle = "Letter"\n+++\nAnother one.\n'
    assert library.create(other).result() == key
    library.put_back(key, text).result()
    own = [library.text(each.key).result() for each in listed(library).values() if each.is_own]
    assert sorted(own) == sorted([other, LETTER])


@pytest.mark.parametrize("content", [b'{"favourites": ["\xff"]}', b'{"shortcuts": {', b"[" * 9999])
def test_damaged_marks_are_put_aside(library: PromptLibrary, paths: Paths, content: bytes) -> None:
    paths.template_marks_file.parent.mkdir(parents=True, exist_ok=True)
    paths.template_marks_file.write_bytes(content)
    key = library.create(LETTER).result()
    library.set_favourite(key, True).result()
    assert listed(library)[key].favourite
    aside = paths.template_marks_file.parent.glob(f"{paths.template_marks_file.name}.bak-*")
    assert [file.read_bytes() for file in aside] == [content]


def test_prompts_of_open_webui_are_taken_in(library: PromptLibrary, tmp_path: Path) -> None:
    export = tmp_path / "prompts-export.json"
    prompts = [{"command": "/a", "title": "First", "content": "Say {{word}}."}, {"command": "/b", "content": "Go."}]
    export.write_text(json.dumps(prompts))
    other = tmp_path / "other.json"
    other.write_text("{}")
    imported = library.take_in([str(export), str(other)]).result()
    assert imported.keys == ("own/first.md", "own/b.md")
    assert [error.code for error in imported.errors] == [ErrorCode.PROMPT_TEMPLATE_NOT_KNOWN]
    (first,) = (each for each in library.entries().result() if each.title == "First")
    assert first.template is not None
    assert [each.name for each in first.template.placeholders] == ["word"]
