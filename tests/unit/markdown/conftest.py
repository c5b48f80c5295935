"""Markdown read at once."""

from collections.abc import Callable

import pytest

from desktop_app.gui.chat.markdown.markdown import Block, make_parser, parse_whole


@pytest.fixture
def read() -> Callable[[str], list[Block]]:
    """Read a text."""
    return lambda text: parse_whole(make_parser(), text)
