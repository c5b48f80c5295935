"""Every error code has a sentence and a next step."""

import gettext

import pytest

from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo, error_from_info
from desktop_app.domain.personas import checked_sampling
from desktop_app.services.words.error_text import explain
from desktop_app.support.i18n import translator

PARAMS: dict[str, str | int | float] = {
    "path": "/a/model.gguf",
    "prompt_tokens": 9000,
    "context_size": 8192,
    "model": "Tiny",
    "room": 6144,
    "repository": "a/b",
    "name": "model.gguf",
    "seconds": 60,
    "needed": "5.0 GB",
    "missing": 1_200_000_000,
    "free": "1.2 GB",
    "kv_type": "q8_0",
    "names": "x-00002-of-00002.gguf",
    "keyword": "maximum",
    "line": 7,
    "problem": "There is no prompt",
    "size": "2.1 MB",
    "most": "1.0 MB",
    "value": "9",
    "used": "2",
    "picture": "me.png",
    "server": "10.0.0.2:50052",
    "trouble": "refused",
    "host": "::1",
    "link": "inglenook://open",
    "version": "0.1.0",
    "seen": "0.2.0",
    "folder": "/a/backups",
    "library": "libEGL.so.1",
    "package": "libegl1",
    "chats": 12,
    "count": 3,
}


@pytest.mark.parametrize("code", list(ErrorCode))
@pytest.mark.parametrize("params", [{}, PARAMS], ids=["bare", "filled"])
def test_every_code_is_explained(code: ErrorCode, params: dict[str, str | int | float]) -> None:
    explanation = explain(ErrorInfo(code, params))
    for words in (explanation.sentence, explanation.next_step):
        assert words.endswith(".")
        assert "!" not in words
        assert "{" not in words
        assert "composer" not in words, "commands say it, too"
    if params:
        assert "?" not in explanation.sentence + explanation.next_step


def test_the_trouble_with_a_server_is_told_in_words() -> None:
    step = explain(ErrorInfo(ErrorCode.SERVER_NEEDED, PARAMS)).next_step
    assert step.startswith("The computer is there, but nobody listens at this port. ")


def test_numbers_are_grouped() -> None:
    assert "9,000 tokens" in explain(ErrorInfo(ErrorCode.PROMPT_TOO_LONG, PARAMS)).sentence


def test_a_finding_about_a_persona_names_the_setting_as_the_panel_does(monkeypatch: pytest.MonkeyPatch) -> None:
    _kept, (finding,) = checked_sampling({"temperature": 9.5})
    monkeypatch.setattr(translator, "language", "fr")
    sentence = explain(finding).sentence
    assert "Temperature" in sentence
    assert "9,5" in sentence
    assert "2.0" not in sentence
    _kept, (unusable,) = checked_sampling({"stop": 3})
    assert "stop" in explain(unusable).sentence


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_code_has_its_class(code: ErrorCode) -> None:
    error = error_from_info(ErrorInfo(code, PARAMS, "detail"))
    assert type(error) is not AppError
    assert error.info == ErrorInfo(code, PARAMS, "detail")


def test_what_another_process_found_is_translated_where_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    class Shouting(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return message.upper() if message.startswith("It ") else message

    monkeypatch.setattr(translator, "_catalogue", Shouting())
    params = {"line": 3, "problem": "It is nested too deeply"}
    assert "IT IS NESTED TOO DEEPLY" in explain(ErrorInfo(ErrorCode.PROMPT_TEMPLATE_UNFILLED, params)).sentence
