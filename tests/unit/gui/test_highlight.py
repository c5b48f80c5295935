"""Code of any language, whatever stands in it: nothing is lost, and no line is long enough to hold the window up."""

import os

import pytest

from desktop_app.gui.chat.documents.highlight import LONGEST_LINE, LineHighlighter
from desktop_app.gui.chat.documents.tones import Tone
from tests.markdown_texts import chance_of

LANGUAGES = ["python", "js", "typescript", "json", "jsonc", "html", "css", "c", "cpp", "java", "rust", "go", "bash", "sql", "yaml",
             "toml", "xml", "php", "ruby", "swift", "kotlin", "csharp", "lua", "perl", "r", "haskell", "markdown", "latex", "diff",
             "makefile", "docker", "console", "ini", "scala", "tsx", "powershell", "vim", "matlab", "nothing known", ""]  # fmt: skip
PIECES = ["(", ")", "{", "}", "[", "]", '"', "'", "`", '"""', "/*", "*/", "//", "#", "<!--", "-->", "<", ">", "</", "==", ";", ":", ",",
          "\\", "$(", "${", "%", "@", "|", "\n", "\n", "    ", "\t", "def ", "class ", "if ", "return ", "0x1f", "1e10", "1.5", "x", "é",
          "🙂", "\x00", "\r", "\u2028", "\x0c", "<<EOF\n", "EOF", "#include <a>", 'f"{x}"', "=>", "<script>", "<?php", "?>", "q(", "end"]  # fmt: skip
CASES = 500 if os.environ.get("INGLENOOK_SOAK") else 15


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_lost(language: str) -> None:
    chance = chance_of(LANGUAGES.index(language))
    for _ in range(CASES):
        source = "".join(chance.choice(PIECES) for _ in range(chance.choice((5, 20, 60)))) + "\n"
        highlighter = LineHighlighter(language)
        made = [highlighter.feed(source), highlighter.peek(source.splitlines()[-1])]
        assert "".join(text for _tone, text in made[0]) == source
        assert "".join(text for _tone, text in made[1]) == source.splitlines()[-1]


@pytest.mark.parametrize("language", ["java", "json", "python"])
def test_a_line_that_is_too_long_is_not_coloured(language: str) -> None:
    line = "true " * (LONGEST_LINE // 5 + 1) + "\n"
    highlighter = LineHighlighter(language)
    assert highlighter.feed(line) == [(Tone.TEXT, line)]
    assert highlighter.feed('"x"\n')[0] == (Tone.STRING, '"x"')
