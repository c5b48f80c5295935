"""Tints of answers in the chat: from the Markdown source to the rendered text, without a change of layout."""

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.gui.chat.markdown.source_map import Stretch, places, rendered_stretches, utf16_stretches
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.look.theme import Theme

MARKDOWN = """Some **bold words** and `code`, a [link](https://example.org/a.b) too.

- first *item*
- second item 😀 with an emoji

1. one
2. two

```python
def f(x):
    return x * 2
```

| Part | What |
|---|---|
| one | two &amp; three |

> A quote, and the end."""
WORDS = ("bold", "words", "code", "link", "too", "item", "second", "emoji", "return", "Part", "two", "quote", "end")


def every_word(text: str) -> list[Stretch]:
    """A stretch for each word, the words of WORDS with step 4, the others with step 1."""
    made, at = [], 0
    for part in text.split():
        begin = text.index(part, at)
        at = begin + len(part)
        made.append(Stretch(begin, at, 4 if part.strip("*`[],.|()") in WORDS else 1))
    return made


def tinted(view: ChatView, name: str, step: int) -> str:
    (widget,) = [widget for widget in view.realised_texts() if widget.row and widget.row.entry.id == name]
    return "|".join(
        selection.cursor.selectedText()
        for selection, stretch in zip(widget.extraSelections(), widget._tints, strict=True)
        if stretch.step == step
    )


def test_words_are_found_in_the_rendering(view: ChatView, shown) -> None:
    view.show_messages([shown("a", MARKDOWN)], chat_id="c")
    heights = [row.height for row in view.rows]
    asked: list[str] = []
    view.tints_wanted.connect(asked.append)
    view.show_tints(True)
    assert asked == ["a"]
    view.set_tints("a", {"text": every_word(MARKDOWN)})
    found = tinted(view, "a", 4)
    for word in ("code", "too", "item", "second", "emoji", "return", "Part", "two", "quote", "end"):
        assert word in found, (word, found)
    assert "first" in tinted(view, "a", 1)
    assert [row.height for row in view.rows] == heights
    view.grab()
    view.show_tints(False)
    assert tinted(view, "a", 4) == ""
    assert asked == ["a"]


def test_questions_and_growing_answers_are_not_asked_for(view: ChatView, shown) -> None:
    from desktop_app.domain.messages import MessageStatus

    asked: list[str] = []
    view.tints_wanted.connect(asked.append)
    view.show_tints(True)
    view.show_messages([shown("q", "Why?", user=True), shown("a", "Beca", status=MessageStatus.STREAMING)], chat_id="c")
    assert asked == []
    view.finish(shown("a", "Because."))
    view.place()
    assert asked == ["a"]


def test_a_new_theme_keeps_the_tints(view: ChatView, shown, theme: Theme) -> None:
    view.show_messages([shown("a", "It may stay lit.")], chat_id="c")
    view.show_tints(True)
    view.set_tints("a", {"text": [Stretch(3, 6, 3)]})
    assert tinted(view, "a", 3) == "may"
    view.set_theme(theme)
    assert tinted(view, "a", 3) == "may"


def test_long_answers_are_tinted_row_by_row(view: ChatView, shown, qtbot: QtBot) -> None:
    paragraph = "The lamp may stay lit, and the keeper sleeps. " * 10
    text = "\n\n".join([paragraph.strip()] * 40)
    stretches = [Stretch(at, at + 3, 2) for at in range(len(text)) if text.startswith("may", at)]
    view.show_messages([shown("a", text)], chat_id="c")
    view.show_tints(True)
    view.set_tints("a", {"text": stretches})

    def are_tinted() -> bool:
        rows = [{each.cursor.selectedText() for each in row.extraSelections()} for row in view.realised_texts()]
        return len(rows) > 1 and all(found == {"may"} for found in rows)

    qtbot.waitUntil(are_tinted)


@pytest.mark.parametrize(
    ("source", "rendered", "kept"),
    [
        ("plain text", "plain text", "plaintext"),
        ("a **b** c", "a b c", "abc"),
        ("[word](https://x.example/word) more", "word more", "wordmore"),
        ("one\ntwo", "one two", "onetwo"),
        ("- item", "•\titem", "item"),
        ("3. item", "3.\titem", "3.item"),
        ("# Head\n\nBody", "Head\u2029Body", "HeadBody"),
        ("", "", ""),
        ("abc", "", ""),
    ],
)
def test_a_rendering_is_read_beside_its_source(source: str, rendered: str, kept: str) -> None:
    found = places(source, rendered)
    assert "".join(source[place] for place in found if place >= 0) == kept
    assert [place for place in found if place >= 0] == sorted({place for place in found if place >= 0})


def test_stretches_are_joined_and_counted_as_qt_counts() -> None:
    found = rendered_stretches([Stretch(0, 2, 1), Stretch(2, 4, 1), Stretch(5, 6, 3)], [0, 1, 2, 3, 4, 5, -1])
    assert found == [Stretch(0, 4, 1), Stretch(5, 6, 3)]
    assert utf16_stretches([Stretch(1, 3, 2)], "😀ab") == [Stretch(2, 4, 2)]
    assert utf16_stretches([Stretch(1, 3, 2)], "äab") == [Stretch(1, 3, 2)]
