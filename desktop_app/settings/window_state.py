"""What the window was like when it closed; losing it loses nothing of value."""

from pathlib import Path

import msgspec

from desktop_app.support.files import UNREADABLE, read_file, replace_json


class UnsavedTemplate(msgspec.Struct, frozen=True):
    """What was written in the editor of a prompt template and not saved; `key` is empty for a new one."""

    key: str
    title: str
    text: str


class WindowState(msgspec.Struct, frozen=True, kw_only=True):
    """`geometry` is Qt's, as Base64; `draft` is what was typed while no chat was open, and `draft_id` what it is
    kept under with its files; `has_left_draft` says that something is kept there though a chat was open.

    `welcomed` says that the first-run page was answered; `sampling_sections` are those that are open in the panel.
    `recent_commands` are the names of those that were chosen last in the palette.
    `others` are further windows that were open beside the one that was used last.
    `closed_folders` are the ids of those that show nothing of what is in them; `chat_sort` is what chats are sorted by.
    `begins_in` is the folder in which the chat to come begins, empty for none.
    `template` is what was being written of one; templates can be read by anybody, locked chats or not.
    `is_key_kept` says that the system's keyring is to be asked for the key of locked chats.
    """

    geometry: str = ""
    maximized: bool = False
    panel_open: bool = True
    sidebar_open: bool = True
    chat_id: str = ""
    model_path: str = ""
    draft: str = ""
    draft_id: str = ""
    has_left_draft: bool = False
    welcomed: bool = False
    sampling_sections: tuple[str, ...] = ()
    recent_commands: tuple[str, ...] = ()
    others: "tuple[WindowState, ...]" = ()
    closed_folders: tuple[str, ...] = ()
    chat_sort: str = ""
    is_key_kept: bool = False
    begins_in: str = ""
    template: UnsavedTemplate | None = None


def without_drafts(state: WindowState) -> WindowState:
    """Return the state without what was typed, in further windows neither."""
    others = tuple(without_drafts(other) for other in state.others)
    return msgspec.structs.replace(state, draft="", others=others)


def load_window_state(file: Path) -> WindowState:
    """Return the stored state, or the usual one where there is none that can be read."""
    try:
        return msgspec.json.decode(read_file(file), type=WindowState)
    except UNREADABLE:
        return WindowState()


def save_window_state(file: Path, state: WindowState) -> None:
    """Write the state; raises OSError."""
    replace_json(file, state)
