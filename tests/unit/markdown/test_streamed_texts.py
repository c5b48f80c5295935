"""Whatever text comes, and wherever it is cut: what is read in pieces is what is read at once, and it is read in time."""

import os
from typing import Any

import pytest

from desktop_app.gui.chat.markdown import inlines, segments
from desktop_app.gui.chat.markdown.markdown import Block, MarkdownReader, make_parser, parse_whole
from desktop_app.gui.chat.markdown.operations import operations
from desktop_app.gui.chat.markdown.syntax import DEEPEST
from tests.counting import calls
from tests.markdown_texts import EXAMPLES, PIECES, chance_of, in_pieces, mutated

MUTATIONS = 10_000 if os.environ.get("INGLENOOK_SOAK") else 100
ITEM_TYPES = ("paragraph_open", "paragraph_close", "bullet_list_open", "bullet_list_close", "ordered_list_open",
              "ordered_list_close")  # fmt: skip

WORDS = ["word", "some", "a", "x1", "of a", "*em*", "**bold words**", "`code x`", "[link](u)", "$x$", "~~s~~", "<http://a.b>", "&amp;",
         "\\*", "a_b_c", "\\(x\\)", "[a`](u)", "*not", "closed*", "`"]  # fmt: skip


@pytest.fixture(scope="module")
def parser() -> Any:
    return make_parser()


def shape(blocks: list[Block]) -> list[tuple[object, ...]]:
    """Return what is shown: how lists are cut, and which paragraphs are tight, makes no difference."""
    return [
        (token.type, token.tag, token.content.rstrip("\n"), token.info.strip(),
         tuple((child.type, child.content, str(child.attrs)) for child in token.children or ()))
        for block in blocks for token in block.tokens if not token.hidden and token.type not in ITEM_TYPES
    ]  # fmt: skip


def read(parser: Any, pieces: list[str]) -> tuple[list[Block], bool]:
    """Return the blocks of a text that comes in pieces, and whether it defines link references."""
    reader = MarkdownReader(parser)
    blocks: list[Block] = []
    for piece in pieces:
        reader.feed(piece)
        done, opened = reader.flush()
        for block in opened:
            operations(block)
        blocks += done
    done, opened = reader.flush(final=True)
    assert not opened
    assert not reader.tail
    return blocks + done, reader.has_references


def check(parser: Any, pieces: list[str]) -> None:
    text = "".join(pieces)
    blocks, has_references = read(parser, pieces)
    whole = parse_whole(parser, text)
    for block in whole:
        operations(block)
    if not has_references:  # they may come after their uses: the view reads such a text again at its end
        assert shape(blocks) == shape(whole), pieces


@pytest.mark.parametrize("begin", range(0, len(EXAMPLES), 40))
def test_every_example_at_every_cut(parser: Any, begin: int) -> None:
    for text in EXAMPLES[begin : begin + 40]:
        for cut in range(len(text) + 1):
            check(parser, [text[:cut], text[cut:]])
        check(parser, list(text))


def test_mutations_in_pieces(parser: Any) -> None:
    chance = chance_of(7)
    for _ in range(MUTATIONS):
        check(parser, in_pieces(mutated(chance), chance, chance.choice((1, 4, 20))))


def test_texts_that_are_cut_read_the_same_in_pieces(parser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "LONGEST_LINE", 12)
    monkeypatch.setattr(segments, "LONGEST_BLOCK", 60)
    monkeypatch.setattr(segments, "TABLE_ROWS", 2)
    chance = chance_of(8)
    tables = ["| a | b |\n|---|---|\n" + "| c | d |\n" * rows for rows in (1, 3, 8)]
    for _ in range(MUTATIONS):
        text = "\n".join([mutated(chance), chance.choice(tables), "long words " * chance.randrange(6), mutated(chance)])
        check(parser, in_pieces(text, chance, chance.choice((1, 4, 20))))


def test_a_piece_that_was_cut_off_stays_as_it_is_where_the_next_one_begins_with_it(
    parser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "LONGEST_LINE", 12)
    check(parser, ["*a* words " * 2 + "so"])


def test_a_paragraph_of_which_a_part_is_kept_reads_like_the_whole(parser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inlines, "STEP", 6)
    chance = chance_of(9)
    for _ in range(MUTATIONS):
        rare = chance.choice((0.0, 0.05, 0.2))
        words = [chance.choice(PIECES if chance.random() < rare else WORDS) for _ in range(chance.randrange(3, 30))]
        check(parser, in_pieces(" ".join(words) + "\n\nafter\n\n", chance, chance.choice((1, 4, 20))))


@pytest.mark.parametrize("text", ["a|\n|-\n$$|\n|-\n", "a|\n|-\n$$|\n|-\n# b\nc d e", "> a\n\\[|\n|-\n"])
def test_a_table_below_what_may_be_tex_waits_for_how_that_ends(parser: Any, text: str) -> None:
    for end in ("", "\n\nafter\n", "\n$$ after\n", "\n\\] after\n"):
        check(parser, list(text + end))


def test_nothing_is_left_out_of_a_long_text(parser: Any) -> None:
    texts = {"x": "x" * 50_000, "word ": "word " * 10_000, "line\n": "line\n" * 10_000}
    for text in texts.values():
        blocks = parse_whole(parser, text)
        assert len(blocks) > 1
        made = "".join(token.content for block in blocks for token in block.tokens)
        assert "".join(made.split()) == "".join(text.split())
        assert max(len(token.content) for block in blocks for token in block.tokens) <= segments.LONGEST_BLOCK


def test_a_long_table_goes_on_below_itself(parser: Any) -> None:
    text = "before\n\n| a | b |\n|:-:|---|\n" + "".join(f"| {n} | row |\n" for n in range(100)) + "\nafter\n"
    blocks = parse_whole(parser, text)
    made = [operation for block in blocks for operation in operations(block) if hasattr(operation, "rows")]
    assert [len(table.rows) for table in made] == [33, 32, 32, 4]
    assert [table.aligns for table in made] == [("center", "")] * 4
    assert made[0].start == ()
    assert made[1].start == made[3].start == made[0].rows
    numbers = [row[0][0].text for table in made for row in table.rows]
    assert numbers == ["a", *map(str, range(100))]


def test_a_table_that_streams_is_not_read_again(parser: Any) -> None:
    def work(rows: int) -> int:
        reader = MarkdownReader(parser)
        reader.feed("| a | b |\n|---|---|\n")
        for row in range(rows):
            reader.feed(f"| {row} | words |\n")
            reader.flush()
        return reader.parsed_characters

    assert work(400) < 2.1 * work(200)


@pytest.mark.parametrize(
    "unit", ["Some **bold** words, `code` and a [link](https://example.org). ", "$x^2$ and *more* "]
)
def test_a_paragraph_that_grows_is_not_read_again(parser: Any, unit: str) -> None:
    def work(length: int) -> int:
        reader = MarkdownReader(parser)
        text = unit * (length // len(unit))
        for place in range(0, len(text), 50):
            reader.feed(text[place : place + 50])
            reader.flush()
        return reader.inline_characters

    assert work(6000) < 2.2 * work(3000)


def test_a_row_of_a_table_is_read_once(parser: Any) -> None:
    reader = MarkdownReader(parser)
    text = "| a | b |\n|---|---|\n" + "".join(f"| {row} | words |\n" for row in range(20))
    for line in text.splitlines(keepends=True):
        reader.feed(line)
        reader.flush()
    assert reader.inline_characters < len(text)


def test_a_reference_that_comes_late_is_seen_in_the_open_blocks(parser: Any) -> None:
    reader = MarkdownReader(parser)
    reader.feed("> [a] is a link\n>\n")
    reader.flush()
    reader.feed("> [a]: https://example.org\n")
    (block,) = reader.flush()[1]
    assert "link_open" in [child.type for token in block.tokens for child in token.children or ()]


@pytest.mark.parametrize("mark", ["> ", "- ", "1. ", "> - "])
def test_what_is_nested_too_deeply_stays_text(parser: Any, mark: str) -> None:
    (block,) = parse_whole(parser, mark * 500 + "end")
    assert max(token.level for token in block.tokens) <= DEEPEST + 2
    assert block.tokens[[token.type for token in block.tokens].index("inline")].content.endswith("end")
    check(parser, list(mark * 100 + "end\n\nafter"))


REPEATED = ["*", "_", "**", "*a ", "a**b", "~~", "[", "]", "[a](", "![", "![a](", "[a][", "`", "`a", "<", "<a ", "|", "|-", "> ", "> a\n",
            "- ", "- a\n", "1. ", "  - a\n", "$", "$a ", "$$", "$$a ", "\\(", "\\[", "\\[a\\", "\\\\", "&", "&#", "\"", "(", "a\n", "# ",
            "~~~\n", "a\n===\n", "|a|\n|-|\n", "[a]: b\n", "[a]: <", "[a]:\n", "- $$\n", "> $$\n", "\\[\n", "x $$ y\n", "\t", "\x00", "***a ",
            "[*a](", "<http:", "<!--", "\u202e", "a@b.c "]  # fmt: skip


@pytest.mark.parametrize("unit", REPEATED)
def test_the_work_for_a_text_that_repeats_itself_grows_with_its_length(parser: Any, unit: str) -> None:
    def work(length: int) -> int:
        text = unit * (length // len(unit))
        return calls(lambda: [operations(block) for block in parse_whole(parser, text)])

    work(100)
    assert work(2000) < 2.7 * work(1000) + 500


@pytest.mark.parametrize(
    ("opener", "closer"), [("[", "](u)"), ("![", "](u)"), ("*a ", "*"), ("\\(", "\\)"), ("`", " `"), ("(", ")")]
)
def test_pairs_within_each_other_end(parser: Any, opener: str, closer: str) -> None:
    text = opener * 1000 + "x" + closer * 1000
    assert parse_whole(parser, text)
