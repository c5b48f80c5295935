"""What the chats of a folder begin with: which of a folder, the one around it and a persona tells what."""

from desktop_app.domain.shelf import NO_START, Folder, FolderStart, Shelf

WORK = FolderStart(system_prompt="You work.", model_path="/m/work.gguf", persona="own/clerk.md")


def test_another_persona_brings_its_own_prompt() -> None:
    assert [WORK.prompt_beside(key) for key in (None, "", "own/clerk.md", "own/teacher.md")] == ["You work."] * 3 + [""]
    only = FolderStart(system_prompt="You work.")
    assert (only.prompt_beside(None), only.prompt_beside("own/teacher.md")) == ("You work.", "")


def test_an_inner_folder_leaves_the_rest_to_the_outer_one() -> None:
    assert NO_START.over(WORK) == WORK
    assert WORK.over(FolderStart(system_prompt="No.", model_path="/m/no.gguf", persona="own/no.md")) == WORK
    model = FolderStart(model_path="/m/small.gguf")
    assert model.over(WORK) == FolderStart(
        system_prompt="You work.", model_path="/m/small.gguf", persona="own/clerk.md"
    )
    other = FolderStart(persona="own/teacher.md")  # who has a prompt of its own
    assert other.over(WORK) == FolderStart(model_path="/m/work.gguf", persona="own/teacher.md")


def test_a_shelf_knows_where_chats_begin() -> None:
    outer = Folder(id="w", name="Work", start=WORK)
    inner = Folder(id="n", name="Notes", parent_id="w", start=FolderStart(system_prompt="Notes."))
    shelf = Shelf(folders=(outer, inner, Folder(id="l", name="Lost", parent_id="gone")))
    assert shelf.start_of("w") == WORK
    assert shelf.start_of("n") == FolderStart(system_prompt="Notes.", model_path="/m/work.gguf", persona="own/clerk.md")
    assert shelf.start_of("l") == shelf.start_of("gone") == shelf.start_of(None) == NO_START
