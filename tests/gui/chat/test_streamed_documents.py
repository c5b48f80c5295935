"""Whatever text streams, wherever it is cut: the final picture is the one that is made at once."""

import os
from typing import Any

import pytest
from PySide6.QtGui import QTextTable

from desktop_app.gui.chat.documents.document import RowDocument
from desktop_app.gui.chat.documents.styles import Styles
from desktop_app.gui.chat.markdown import segments
from desktop_app.gui.chat.markdown.markdown import MarkdownReader, make_parser, parse_whole
from desktop_app.gui.chat.markdown.operations import operations
from desktop_app.gui.look.theme import Theme
from tests.gui.chat.test_row_documents import described
from tests.markdown_texts import EXAMPLES, chance_of, in_pieces, mutated

MUTATIONS = 10_000 if os.environ.get("INGLENOOK_SOAK") else 60
ROOM = 640
SOME = ["word", "the keeper", "A", "it was", "12", "*em*", "**bold", "so**", "_a_", "`", "`code`", "[a](/u", ")", "$x", "$", "~~", "&amp", ";", "\\",
        "!", "[b]", "<http://a.b", ">", "\n", "\n\n", "\n- ", "\n1. ", "\n> ", "\n# ", "\n\n| a | b", "|\n|-|-|\n", "|", "\n---", "שלום", "家", "é"]  # fmt: skip
"""Words, and signs that make something of the words around them."""


def picture(document: RowDocument) -> list[object]:
    """Return all that can be seen of a document that is laid out, with what stands beside the text."""
    document.fit(ROOM)
    document.document.setTextWidth(ROOM)
    size = document.document.size()
    codes = [(code.language, code.source.rstrip("\n"), code.hidden, code.can_fold) for code in document.codes]
    tables = [(table.total, table.is_wide, len(table.frames)) for table in document.tables]
    margins = [
        (frame.format().topMargin(), frame.format().bottomMargin())
        for frame in document.document.rootFrame().childFrames()
        if isinstance(frame, QTextTable)
    ]
    return [described(document), codes, tables, margins, size.toTuple()]


def read_on(reader: MarkdownReader, document: RowDocument, text: str) -> None:
    """Show more of an answer, as it is done while it is written."""
    words = reader.goes_on_with(text)
    reader.feed(text)
    if words is None or not document.add_words(words):
        document.update(*reader.flush())


def streamed(parser: Any, styles: Styles, pieces: list[str]) -> tuple[RowDocument, bool]:
    reader, document = MarkdownReader(parser), RowDocument(styles)
    for piece in pieces:
        read_on(reader, document, piece)
        document.fit(ROOM)
        document.document.setTextWidth(ROOM)
    document.update(*reader.flush(final=True))
    return document, reader.has_references


def check(parser: Any, styles: Styles, pieces: list[str]) -> None:
    document, has_references = streamed(parser, styles, pieces)
    whole = RowDocument(styles)
    blocks = parse_whole(parser, "".join(pieces))
    whole.write([operation for block in blocks for operation in operations(block)])
    if not has_references:
        assert picture(document) == picture(whole), pieces


def test_every_example_letter_by_letter(theme: Theme) -> None:
    parser, styles = make_parser(), Styles(theme)
    for text in EXAMPLES:
        check(parser, styles, list(text))


def test_what_goes_on_looks_at_every_moment_as_what_is_read_at_once(theme: Theme) -> None:
    parser, styles, chance = make_parser(), Styles(theme), chance_of(79)
    added = 0
    for _ in range(MUTATIONS):
        reader, document, text = MarkdownReader(parser), RowDocument(styles), ""
        for _ in range(chance.randrange(4, 24)):
            piece = chance.choice(SOME if chance.random() < 0.4 else SOME[:5]) + chance.choice(
                ("", " ", " and so on", ", ", "  ", "x", " 1")
            )
            added += reader.goes_on_with(piece) is not None
            read_on(reader, document, piece)
            text += piece
            at_once, whole = MarkdownReader(parser), RowDocument(styles)
            at_once.feed(text)
            whole.update(*at_once.flush())
            if not reader.has_references:  # they may come after their uses, which are read again at the end
                assert described(document) == described(whole), text
    assert added > MUTATIONS


def test_words_behind_a_carriage_return_begin_a_line(theme: Theme) -> None:
    reader, document = MarkdownReader(make_parser()), RowDocument(Styles(theme))
    for piece in ("The keeper", "\r", "went out", " alone"):
        read_on(reader, document, piece)
    assert document.document.toPlainText() == "The keeper went out alone"


def test_words_without_an_end_are_cut_while_they_are_written(theme: Theme) -> None:
    reader, document = MarkdownReader(make_parser()), RowDocument(Styles(theme))
    for _ in range(100):
        read_on(reader, document, 10 * "and so the keeper went on ")
    assert len(reader.tail) < reader.committed_characters
    assert document.document.toPlainText().replace("\n", " ").count("keeper") == 1000


def test_a_formula_that_turns_out_to_be_in_a_line_stands_as_in_a_line(theme: Theme) -> None:
    check(make_parser(), Styles(theme), ["so\n$$", "\\frac{1}{2}$"])


@pytest.mark.parametrize("seed", range(4))
def test_mutations(theme: Theme, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if seed % 2:
        monkeypatch.setattr(segments, "TABLE_ROWS", 2)
        monkeypatch.setattr(segments, "LONGEST_BLOCK", 80)
    parser, styles = make_parser(), Styles(theme)
    chance = chance_of(seed)
    for _ in range(MUTATIONS // 4):
        text = mutated(chance)
        if seed % 2:
            text += "\n\n| a | b |\n|---|--:|\n" + "| some *words* | `c` |\n" * chance.randrange(9)
        check(parser, styles, in_pieces(text, chance, chance.choice((2, 9, 40))))
