"""Calls of tools as another program may have written them into a file of chats: their arguments are no JSON."""

import pytest

from desktop_app.domain.parts import TextPart, ToolCallPart, as_markdown, searched


@pytest.mark.parametrize("arguments", ["", "weather in Kiel", '{"city": ', "[" * 9999])
def test_they_are_shown_copied_and_found_as_they_are(arguments: str) -> None:
    call = ToolCallPart("look", arguments, "")
    assert call.pretty_arguments == arguments
    assert arguments in searched([call])
    assert "look" in as_markdown([TextPart("Well."), call])
