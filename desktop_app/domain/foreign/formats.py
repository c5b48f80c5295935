"""Tells by what is in a decoded JSON value which app wrote it, and reads it as a chat."""

from collections.abc import Callable

from desktop_app.domain.errors import ErrorCode, ImportFailure
from desktop_app.domain.foreign.chatgpt import chatgpt_chat, is_chatgpt
from desktop_app.domain.foreign.claude import claude_chat, is_claude
from desktop_app.domain.foreign.llama_cpp import is_llama_cpp, llama_cpp_chat
from desktop_app.domain.foreign.lm_studio import is_lm_studio, lm_studio_chat
from desktop_app.domain.foreign.open_webui import is_open_webui, open_webui_chat
from desktop_app.domain.foreign.text_generation_webui import is_text_generation_webui, text_generation_webui_chat
from desktop_app.domain.foreign.values import Values
from desktop_app.domain.moving_in import ForeignChat, Origin

_FORMATS: tuple[tuple[Origin, Callable[[Values], bool], Callable[[Values, float], ForeignChat]], ...] = (
    (Origin.CHATGPT, is_chatgpt, chatgpt_chat),
    (Origin.CLAUDE, is_claude, claude_chat),
    (Origin.LM_STUDIO, is_lm_studio, lm_studio_chat),
    (Origin.OPEN_WEBUI, is_open_webui, open_webui_chat),
    (Origin.LLAMA_CPP, is_llama_cpp, llama_cpp_chat),
    (Origin.TEXT_GENERATION_WEBUI, is_text_generation_webui, text_generation_webui_chat),
)


def origin_of(found: object) -> Origin | None:
    """Return the app whose chat `found` is, None where it is none that is known."""
    if not isinstance(found, dict):
        return None
    return next((origin for origin, is_one, _read in _FORMATS if is_one(found)), None)


def foreign_chat(found: object, fallback_at: float) -> ForeignChat:
    """Return a decoded JSON value as a chat; `fallback_at` is its time where it tells none, Unix time in seconds.

    Raises ImportFailure IMPORT_UNKNOWN where it is none.
    """
    if isinstance(found, dict):
        for _origin, is_one, read in _FORMATS:
            if is_one(found):
                return read(found, fallback_at)
    raise ImportFailure(ErrorCode.IMPORT_UNKNOWN)
