import os
import random
from typing import Any

import pytest

from desktop_app.gui.chat.markdown import syntax
from desktop_app.gui.chat.markdown.markdown import Block, MarkdownReader, make_parser, parse_whole
from tests.markdown_texts import chance_of

CASES = 20_000 if os.environ.get("INGLENOOK_SOAK") else 300
LINES = [
    "para text", "- item", "* star", "1. one", "2) two", "  - nested", "    deep", "```python", "```", "~~~",
    "    code", "# head", "#hash", "===", "---", "***", "> quote", "> - q", "| a | b |", "|---|---|", "| 1 | 2 |",
    "", "", "", "$$", "$$ x+1 $$", "x = $a$ b", "<div>", "**bold", "end**", "\\", "\tTab", "- ", "-", "+", "=",
    "10. ten", "`", "````", "\\[", "\\]", "![i](u)", "<!-- c", "-->", "| --- |", "   ", "- $$", "> $$ x", "\\(a\\) b",
]  # fmt: skip
ITEM_TYPES = ("paragraph_open", "paragraph_close", "bullet_list_open", "bullet_list_close", "ordered_list_open",
              "ordered_list_close")  # fmt: skip


@pytest.fixture(scope="module")
def parser() -> Any:
    return make_parser()


def shape(blocks: list[Block]) -> list[tuple[object, ...]]:
    """Return what is shown: how lists are cut, and which paragraphs are tight, makes no difference."""
    found: list[tuple[object, ...]] = []
    for block in blocks:
        for token in block.tokens:
            if token.hidden or token.type in ITEM_TYPES:
                continue
            children = tuple((c.type, c.content, str(c.attrs)) for c in token.children or [])
            found.append(
                (token.type, token.tag, token.nesting, token.content.rstrip("\n"), token.info.strip(), children)
            )
    return found


def read_in_pieces(parser: Any, text: str, chance: random.Random, most: int = 6) -> list[Block]:
    reader = MarkdownReader(parser)
    blocks: list[Block] = []
    place = 0
    while place < len(text):
        size = chance.randrange(1, most)
        reader.feed(text[place : place + size])
        place += size
        done, _ = reader.flush()
        blocks += done
    done, opened = reader.flush(final=True)
    assert opened == []
    assert reader.tail == ""
    return blocks + done


def test_any_chunking_reads_like_the_whole(parser: Any) -> None:
    chance = chance_of(1)
    for _ in range(CASES):
        text = "\n".join(chance.choice(LINES) for _ in range(chance.randrange(1, 14))) + chance.choice(
            ["", "\n", "\r\n"]
        )
        assert shape(read_in_pieces(parser, text, chance)) == shape(parse_whole(parser, text)), repr(text)


def test_line_ends_of_every_platform(parser: Any) -> None:
    chance = random.Random(2)
    text = "# a\r\n\r\ntext\rmore\r\n\r\n```\r\ncode\r\n```\r\nend\r"
    for _ in range(50):
        assert shape(read_in_pieces(parser, text, chance, 3)) == shape(parse_whole(parser, text))


def test_a_nul_has_the_same_sign_in_code_that_is_still_written(parser: Any) -> None:
    reader = MarkdownReader(parser)
    reader.feed("```\na\0b\n")
    reader.flush()
    reader.feed("c\0d\n")
    _done, opened = reader.flush()
    assert [token.content for block in opened for token in block.tokens] == ["a\ufffdb\nc\ufffdd\n"]


def test_the_work_grows_with_the_text_not_with_its_square(parser: Any) -> None:
    def work(count: int) -> int:
        block = "A paragraph of some words.\n\n- one\n- two\n\n```python\nx = 1\ny = 2\n```\n\n## Head\n\n"
        reader = MarkdownReader(parser)
        for place in range(0, len(block) * count, 4):
            reader.feed((block * count)[place : place + 4])
            reader.flush()
        return reader.parsed_characters

    assert work(40) < 2.2 * work(20)


def test_an_open_fence_is_not_parsed_again(parser: Any) -> None:
    reader = MarkdownReader(parser)
    reader.feed("```python\n")
    reader.flush()
    before = reader.parsed_characters
    for line in range(500):
        reader.feed(f"value_{line} = {line}\n")
        _, opened = reader.flush()
    assert reader.parsed_characters == before
    assert opened[0].tokens[0].content.count("\n") == 500


@pytest.mark.parametrize(
    "text", ["```|\n-|\n```\n", "~~~ a|\n|-|\n| b |\n\nc\n", "```a|b\nx\n-|\n```\n", "```|\n```\nx\n"]
)
def test_what_looks_like_a_fence_may_head_a_table(parser: Any, text: str) -> None:
    for cut in range(len(text)):
        reader = MarkdownReader(parser)
        reader.feed(text[:cut])
        blocks = reader.flush()[0]
        reader.feed(text[cut:])
        blocks += reader.flush()[0] + reader.flush(final=True)[0]
        assert shape(blocks) == shape(parse_whole(parser, text))


def test_a_fence_about_to_close_does_not_show_its_marks(parser: Any) -> None:
    reader = MarkdownReader(parser)
    for piece in ("```py\nx = 1\n", "`", "`"):
        reader.feed(piece)
        _, opened = reader.flush()
        assert opened[0].tokens[0].content == "x = 1\n"


def test_pending_math_keeps_what_precedes_it_open(parser: Any) -> None:
    reader = MarkdownReader(parser)
    reader.feed("before\n$$\nx + 1\n")
    done, opened = reader.flush()
    assert done == []
    assert [block.kind for block in opened] == ["paragraph_open", "math_pending"]
    reader.feed("\nafter\n\nmore\n")
    done, _ = reader.flush()
    assert [block.kind for block in done][:1] == ["paragraph_open"]
    assert "$$" in done[0].tokens[1].content


def test_list_items_keep_counting(parser: Any) -> None:
    reader = MarkdownReader(parser)
    numbers = []
    for line in ("3. a\n", "1. b\n", "1. c\n", "1. d\n"):
        reader.feed(line)
        done, opened = reader.flush()
        numbers += [block.number for block in done]
    assert numbers == [3, 4, 5]
    assert opened[0].number == 6


@pytest.mark.parametrize("text", ["-\n- ||\n-|-", "- a\n- | b |\n|---|---|\n", "1. a\n2. b|\n-|\n3. c\n"])
def test_the_next_item_of_a_list_heads_no_table(parser: Any, text: str) -> None:
    for cut in range(len(text)):
        reader = MarkdownReader(parser)
        reader.feed(text[:cut])
        blocks = reader.flush()[0]
        reader.feed(text[cut:])
        blocks += reader.flush()[0] + reader.flush(final=True)[0]
        assert shape(blocks) == shape(parse_whole(parser, text))
        assert {block.kind for block in blocks} <= {"bullet_list_open", "ordered_list_open"}


def test_html_is_text_and_images_are_not_special(parser: Any) -> None:
    blocks = parse_whole(parser, "<script>alert(1)</script>\n\n<b>x</b>\n")
    assert {token.type for block in blocks for token in block.tokens} == {"paragraph_open", "inline", "paragraph_close"}


def test_a_half_reference_is_not_kept(parser: Any) -> None:
    reader = MarkdownReader(parser)
    for piece in ("see\n\n[a]: http://exa", "mple.org\n\nuse [a]\n\nmore\n\n"):
        reader.feed(piece)
        done, _ = reader.flush()
    assert reader.has_references
    links = [c.attrs["href"] for block in done for t in block.tokens for c in t.children or [] if c.type == "link_open"]
    assert links == ["http://example.org"]


def test_the_reader_needs_no_qt() -> None:
    import subprocess
    import sys

    check = "import sys, desktop_app.gui.chat.markdown.markdown; sys.exit('PySide6' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], check=True, timeout=120)


@pytest.mark.parametrize("unit", ["\\[", "\\(", "\\[ a\n", "$$a\n", "> $$a\n", "- \\[a\n", "\\(\\[", "$a ", "[", "`a"])
def test_a_text_of_openers_takes_no_more_than_its_length(parser: Any, unit: str, monkeypatch) -> None:
    looked: list[int] = []
    line = syntax._line
    pattern = syntax._INLINE_MATH

    class Counting:
        def match(self, text: str, start: int, end: int) -> object:
            found = pattern.match(text, start, end)
            looked.append(end - start if found is None and text[start] == "\\" else 0)
            return found

    monkeypatch.setattr(syntax, "_INLINE_MATH", Counting())
    monkeypatch.setattr(syntax, "_line", lambda *arguments: looked.append(1) or line(*arguments))
    count = 500
    parse_whole(parser, unit * count)
    assert sum(looked) <= 12 * count * len(unit)


def test_plain_words_are_read_like_anything_else_without_the_parser(parser: Any) -> None:
    chance = chance_of(77)
    signs = [
        *"abc XYZ 019 .,;:'\"!?()-–=+#{}/@%^ …",
        "é",
        "家",
        "א",
        "م",
        "😀",
        "\xa0",
        "\x85",
        "\u3000",
        "http://a.b",
        "1. ",
    ]
    plain = 0
    for _ in range(CASES):
        words = (chance.choice(signs) for _ in range(chance.randrange(1, 16)))
        text = "\n" * chance.randrange(3) + "".join(words)
        reader = MarkdownReader(parser)
        reader.feed(text)
        _, opened = reader.flush()
        env = {syntax.STREAMING: True, syntax.GOES_ON: False}
        assert [token for block in opened for token in block.tokens] == parser.parse(text, env), repr(text)
        plain += not reader.parsed_characters
    assert plain > CASES // 10


def test_paragraphs_of_plain_words_that_grow_cost_the_parser_nothing(parser: Any) -> None:
    reader = MarkdownReader(parser)

    def grow() -> int:
        before = reader.parsed_characters
        for _ in range(100):
            reader.feed("The lamp, as ever, was lit; nobody came. ")
            reader.flush()
        return reader.parsed_characters - before

    assert grow() == 0
    reader.feed("\n\nThe next day ")
    reader.flush()  # the parser ends the paragraph
    assert grow() == 0
    before = reader.parsed_characters
    reader.feed("Then *one* did.")
    _, opened = reader.flush()
    assert reader.parsed_characters - before == len(reader.tail)
    assert shape(opened) == shape(parse_whole(parser, reader.tail))


@pytest.mark.parametrize(
    "begin",
    ["Then *one* did", "- an item, `so` far", "3. third: **first**", "> quoted\n> and *so* on", "- a\n\n  b **c**"],
)
def test_a_line_that_goes_on_is_not_taken_apart_again(parser: Any, begin: str) -> None:
    reader = MarkdownReader(parser)
    reader.feed(begin)
    reader.flush()
    before = reader.parsed_characters
    for more in (" and", " *went", " on*", " with `it", "`, a | b", ", ", "1. and - so", " # on  "):
        reader.feed(more)
        _, opened = reader.flush()
        assert shape(opened) == shape(parse_whole(parser, reader.tail)), more
    assert reader.parsed_characters == before


def test_what_goes_on_is_at_every_moment_what_is_read_at_once(parser: Any) -> None:
    chance = chance_of(78)
    ends = ["", " and", " *so", "* on", "-", "=", "|", "`", "~", " # ", "1.", ")", "$", "  ", "\\", "[a]: /u", "\t"]
    for _ in range(CASES):
        text = "\n".join(chance.choice(LINES) + chance.choice(ends) for _ in range(chance.randrange(1, 8)))
        reader, done, place = MarkdownReader(parser), list[Block](), 0
        while place < len(text):
            size = chance.randrange(1, 9)
            reader.feed(text[place : place + size])
            place += size
            committed, opened = reader.flush()
            done += committed
            at_once = MarkdownReader(parser)
            at_once.feed(text[:place])
            whole = [block for blocks in at_once.flush() for block in blocks]
            if not reader.has_references:  # they may come after their uses, which are read again at the end
                assert shape([*done, *opened]) == shape(whole), (text, place)
