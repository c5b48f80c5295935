import random

import pytest
from PySide6.QtGui import QTextFrame, QTextTable

from desktop_app.gui.chat.documents.document import RowDocument
from desktop_app.gui.chat.documents.styles import Styles
from desktop_app.gui.chat.markdown.markdown import MarkdownReader, make_parser, parse_whole
from desktop_app.gui.chat.markdown.operations import operations
from desktop_app.gui.look.theme import Theme

TEXT = """# Title

Some *words* and `code`, a [link](https://example.org), $x^2$.

- one
- two
  - deep

```python
def f(x):
    '''Doc
    string.'''
    return "a" * 3  # why
```

| A | B |
|---|--:|
| 1 | **2** |
| 3 | |

> quote
> > deeper

1. a
2. b
   ```c
   /* a comment
      goes on */ int x = 1;
   ```

---

$$
E = mc^2
$$

end 🙂 עברית"""


def described(document: RowDocument) -> list[object]:
    """Return everything that can be seen in a document."""
    found: list[object] = []
    block = document.document.begin()
    while block.isValid():
        runs = []
        iterator = block.begin()
        while not iterator.atEnd():
            fragment = iterator.fragment()
            style = fragment.charFormat()
            look = (style.foreground().color().name(), style.fontWeight(), style.fontItalic(), style.anchorHref())
            if runs and runs[-1][1] == look:
                runs[-1] = (runs[-1][0] + fragment.text(), look)
            else:
                runs.append((fragment.text(), look))
            iterator += 1
        block_format = block.blockFormat()
        found.append((runs, block_format.leftMargin(), block_format.topMargin(), block_format.lineHeight()))
        block = block.next()
    for frame in document.document.rootFrame().childFrames():
        assert isinstance(frame, QTextFrame)
        size = (frame.rows(), frame.columns()) if isinstance(frame, QTextTable) else None
        found.append((frame.firstPosition(), frame.lastPosition(), size))
    found += [(code.language, code.source.rstrip("\n")) for code in document.codes]
    return found


@pytest.mark.parametrize("seed", range(12))
def test_streamed_document_equals_the_whole(theme: Theme, seed: int) -> None:
    parser, styles = make_parser(), Styles(theme)
    chance = random.Random(seed)
    reader, streamed = MarkdownReader(parser), RowDocument(styles)
    place = 0
    while place < len(TEXT):
        size = chance.randrange(1, 4 + 3 * seed)
        reader.feed(TEXT[place : place + size])
        streamed.update(*reader.flush())
        place += size
    streamed.update(*reader.flush(final=True))
    whole = RowDocument(styles)
    whole.write([operation for block in parse_whole(parser, TEXT) for operation in operations(block)])
    assert described(streamed) == described(whole)


def test_growing_text_is_appended_in_place(theme: Theme) -> None:
    parser = make_parser()
    reader, document = MarkdownReader(parser), RowDocument(Styles(theme))
    reader.feed("A paragraph that")
    document.update(*reader.flush())
    document.document.size()  # without a layout Qt reports no changes
    changes: list[tuple[int, int, int]] = []
    document.document.contentsChange.connect(lambda at, gone, come: changes.append((at, gone, come)))
    reader.feed(" grows")
    document.update(*reader.flush())
    assert changes == [(16, 0, 6)]


def test_only_web_and_mail_become_links(theme: Theme) -> None:
    parser = make_parser()
    text = "[a](https://x.org) [b](mailto:a@b.c) [c](file:///etc/passwd) [d](ftp://x.org) [e](x.html) ![f](https://p.org/i.png)"
    document = RowDocument(Styles(theme))
    document.write([operation for block in parse_whole(parser, text) for operation in operations(block)])
    block = document.document.begin()
    iterator, links = block.begin(), []
    while not iterator.atEnd():
        links += [iterator.fragment().charFormat().anchorHref()] if iterator.fragment().charFormat().isAnchor() else []
        iterator += 1
    assert links == ["https://x.org", "mailto:a@b.c", "https://p.org/i.png"]
    assert "\ufffc" not in document.document.toPlainText()


@pytest.mark.parametrize("word", ["Saturn", "زحل"])
def test_the_caret_in_a_table_stands_behind_its_last_word(theme: Theme, word: str) -> None:
    """Cells that are still to come are there, and empty."""
    reader, document = MarkdownReader(make_parser()), RowDocument(Styles(theme))
    before = f"| {word} | {word} | {word} |\n|---|---|---|\n| {word} 1 | {word} 2 | {word} 3 |\n"
    for written, behind in [
        ("", f"{word} 3"),
        (f"| {word} 4", f"{word} 4"),
        (f" | {word} 5", f"{word} 5"),
        (" |", f"{word} 5"),
    ]:
        reader.feed(before + written)
        before = ""
        document.update(*reader.flush())
        assert document.caret().block().text() == behind
    document.update(*reader.flush(final=True))
