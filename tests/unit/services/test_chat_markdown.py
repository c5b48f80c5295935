"""Chats as Markdown and as HTML: what is in them shows as itself, and breaks out of nothing."""

import os
import random
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from markdown_it import MarkdownIt

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.exports import Export, ExportFormat, ExportOptions, file_stem
from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import TextPart, ThoughtPart, ToolCallPart
from desktop_app.gui.export.html import write_html
from desktop_app.services.chat_files.markdown import chat_markdown, closed, escaped
from desktop_app.services.chat_files.outline import outline
from tests.markdown_texts import EXAMPLES, chance_of, mutated
from tests.unit.domain.random_chats import random_conversation

MODEL = Receipt(model_name="Qwen3 8B", quantization="Q4_K_M")
TEXTS = 10_000 if os.environ.get("INGLENOOK_SOAK") else 200


def message(number: int, text: str, parent: int | None, **changes: object) -> Message:
    values: dict[str, object] = {
        "id": f"{number:032x}", "chat_id": "c", "parent_id": f"{parent:032x}" if parent is not None else None,
        "role": Role.USER if number % 2 else Role.ASSISTANT, "parts": (TextPart(text),),
        "status": MessageStatus.COMPLETE, "created_at": 1_795_000_000.0 + number,
        "receipt": None if number % 2 else MODEL, **changes,
    }  # fmt: skip
    return Message(**values)


def conversation(*messages: Message, leaf: int | None = None, **changes: object) -> Conversation:
    values: dict[str, object] = {"id": "c", "title": "Boats", "created_at": 0.0, "updated_at": 0.0, **changes}
    leaf_id = f"{leaf:032x}" if leaf is not None else messages[-1].id if messages else None
    return Conversation(chat=Chat(leaf_id=leaf_id, **values), messages=messages)


BRANCHED = conversation(
    message(1, "Name a boat", None),
    message(2, "Heron", 1),
    message(4, "Tern", 1),
    message(5, "Another", 4),
    message(6, "Gull", 5),
    leaf=2,
)


def html(shown: Conversation, tmp_path: Path, **options: bool) -> str:
    file = tmp_path / "chat.html"
    write_html(shown, ExportOptions(**options), file, lambda _done, _total: None)
    return file.read_text(encoding="utf-8")


def headings(markdown: str) -> list[tuple[str, str]]:
    tokens = MarkdownIt("commonmark").parse(markdown)
    return [
        (token.tag, tokens[place + 1].children[0].content) for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0
    ]  # fmt: skip


def test_the_shown_branch_comes_with_who_wrote_it() -> None:
    text = chat_markdown(BRANCHED, ExportOptions())
    assert headings(text) == [("h1", "Boats"), ("h2", "You"), ("h2", "Qwen3 8B")]
    assert "Heron" in text
    assert "Tern" not in text
    assert r"Written by Qwen3 8B (Q4\_K\_M), Nov " in text
    assert "Version 1 of 2" in text


def test_a_star_stands_above_its_message(tmp_path: Path) -> None:
    shown = conversation(message(1, "Name a boat", None, starred=True), message(2, "Heron", 1))
    text = chat_markdown(shown, ExportOptions())
    question, answer = (part.strip().splitlines() for part in text.split("\n## ")[1:])
    assert re.fullmatch(r"\*Nov .* · ★ Starred\*", question[2])
    assert question[3:] == ["", "Name a boat"]
    assert "★" not in "".join(answer)
    page = html(shown, tmp_path)
    assert re.findall(r'<p class="about">[^<]*★ Starred</p></header>', page)
    assert page.count("★") == 1


def test_all_branches_come_once_each_behind_their_parents() -> None:
    text = chat_markdown(BRANCHED, ExportOptions(all_branches=True))
    assert [text.count(f"\n{word}\n") for word in ("Name a boat", "Heron", "Tern", "Another", "Gull")] == [1] * 5
    assert text.index("Heron") < text.index("\nTern\n") < text.index("Another") < text.index("Gull")
    assert "Goes on from “Name a boat”" in text


@pytest.mark.parametrize("seed", range(30))
def test_an_outline_of_all_branches_has_every_message_once(seed: int) -> None:
    shown = random_conversation(random.Random(seed))
    turns = outline(shown, ExportOptions(all_branches=True)).turns
    order = [turn.message.id for turn in turns]
    assert sorted(order) == sorted(each.id for each in shown.messages)
    assert all(turn.message.parent_id is None or order.index(turn.message.parent_id) < place
               for place, turn in enumerate(turns))  # fmt: skip


@pytest.mark.parametrize("text", [
    "```python\nprint(1)", "~~~\n``` \n", "````\n```\ncode", "  ```\nopen", "> ```\nquote", "- a\n  ```\n  b\n  ```",
    "```\nclosed\n```", "``` not `a fence\n", "plain", "", "```",
])  # fmt: skip
def test_whatever_fences_are_inside_the_next_message_has_its_heading(text: str) -> None:
    shown = conversation(message(1, "Go", None), message(2, text, 1), message(3, "Next question", 2))
    found = headings(chat_markdown(shown, ExportOptions()))
    assert [words for _tag, words in found][-1] == "You"
    assert len(found) == 4


def test_code_stays_as_it_was() -> None:
    code = "```html\n<b>&amp; *x* _y_</b>\n\n    indented\n```"
    shown = conversation(message(1, "Go", None), message(2, f"Here:\n\n{code}\n\nDone.", 1))
    assert code in chat_markdown(shown, ExportOptions())
    assert closed(code) == code


def test_thoughts_are_quoted_so_that_none_ends_too_early() -> None:
    thought = ThoughtPart("Hm.\n\n</details>\n# Ha\n```\nopen", 3.4)
    shown = conversation(message(1, "Go", None), message(2, "", 1, parts=(thought, TextPart("Yes."))))
    text = chat_markdown(shown, ExportOptions())
    assert "> **Thought for 3 seconds**" in text
    assert headings(text)[1:] == [("h2", "You"), ("h2", "Qwen3 8B")]
    assert text.rstrip().endswith("\n\nYes.")
    assert "Hm." not in chat_markdown(shown, ExportOptions(thoughts=False))


@pytest.mark.parametrize(
    "title", ["# *not* a [link](x)", "1. one", "- two", "<script>", "a | b", "`tick", "&amp; $x$", "2) b"]
)
def test_titles_are_words(title: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(escaped(title))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert "".join(child.content for child in tokens[1].children) == title
    assert {child.type for child in tokens[1].children} <= {"text", "text_special"}


def test_how_an_answer_ended_is_said() -> None:
    failed = message(2, "Hal", 1, status=MessageStatus.FAILED, error=ErrorInfo(ErrorCode.ENGINE_KILLED))
    text = chat_markdown(conversation(message(1, "Go", None), failed), ExportOptions())
    assert "Failed before it was complete" in text
    assert "Stopped before" in chat_markdown(
        conversation(message(1, "Go", None), message(2, "Hal", 1, status=MessageStatus.STOPPED)), ExportOptions()
    )


def test_a_chat_without_anything() -> None:
    assert chat_markdown(conversation(title=""), ExportOptions()).startswith("# New chat\n")


# HTML


class Tags(HTMLParser):
    """Notes what a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.depth: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        assert tag in HARMLESS
        assert not [name for name in self.depth if name in ("p", "h3") and tag in BLOCKS], (
            "a browser ends the paragraph"
        )
        assert not [name for name in self.depth if name == tag == "a"]
        for name, value in attrs:
            assert name in (
                "lang",
                "charset",
                "http-equiv",
                "content",
                "name",
                "id",
                "class",
                "dir",
                "href",
                "rel",
                "style",
                "start",
            )
            assert name != "href" or (tag == "a" and re.match("https?:|mailto:", value or "", re.IGNORECASE))
        if tag not in EMPTY:
            self.depth.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in EMPTY or self.depth.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_pi = unknown_decl = handle_comment


EMPTY = ("meta", "hr", "br")
BLOCKS = ("p", "ul", "ol", "table", "pre", "blockquote", "hr", "div", "h1", "h2", "h3", "h4", "h5", "h6")
HARMLESS = {*BLOCKS, "html", "head", "meta", "title", "style", "body", "main", "article", "header", "details", "summary", "li", "thead",
            "tbody", "tr", "th", "td", "code", "span", "a", "em", "strong", "s", "br"}  # fmt: skip

HOSTILE = """<script>alert(1)</script> <img src=x onerror=alert(1)> </article></main></body>
[a](javascript:alert(1)) [b](data:text/html,x) [c](file:///etc/passwd) ![d](https://example.org/spy.png)
[![e](https://example.org/spy.png)](https://example.org) <https://example.org/"onclick="x> [f](https://ok.org/?a=1&b="2")
```"></code></pre><script>
</code></pre><script>alert(2)</script>
```
$$ <script>alert(3)</script> $$

| <b>x</b> | $<i>$ |
|---|---|
| "' | </td> |
"""


def test_nothing_hostile_gets_out_and_nothing_is_fetched(tmp_path: Path) -> None:
    parts = (ThoughtPart(HOSTILE, 1.0), TextPart(HOSTILE), ToolCallPart("</pre><script>", '{"q": "<script>"}', "x"))
    shown = conversation(
        message(1, HOSTILE, None),
        message(2, "", 1, parts=parts, receipt=msgspec.structs.replace(MODEL, model_name='<img src="x">')),
        title='</title><script>alert("t")</script>',
        system_prompt=HOSTILE,
    )  # fmt: skip
    text = html(shown, tmp_path)
    seen = Tags()
    seen.feed(text)
    assert not seen.depth
    names = {tag for tag, _attributes in seen.tags}
    assert not names & {"script", "img", "iframe", "link", "object", "embed", "form", "input", "base", "svg", "b", "i"}
    for tag, attributes in seen.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "srcset", "action")]
        if "href" in attributes:
            assert tag == "a"
            assert re.match(r"https?://", str(attributes["href"]))
    assert "url(" not in text
    assert "default-src 'none'" in text
    assert "".join(seen.text).count("<script>alert(1)</script>") == 4


@pytest.mark.parametrize("seed", range(20))
def test_random_chats_are_well_formed(tmp_path: Path, seed: int) -> None:
    seen = Tags()
    seen.feed(html(random_conversation(random.Random(seed)), tmp_path, all_branches=True))
    assert not seen.depth


def test_whatever_is_written_is_well_formed_and_harmless(tmp_path: Path) -> None:
    chance = chance_of(4)
    texts = [*EXAMPLES, *(mutated(chance) for _ in range(TEXTS))]
    for begin in range(0, len(texts), 100):
        answers = [message(2 * n, text, None) for n, text in enumerate(texts[begin : begin + 100])]
        written = html(conversation(*answers), tmp_path, all_branches=True)
        seen = Tags()
        seen.feed(written)
        seen.close()
        assert not seen.depth
        assert len([tag for tag, _attributes in seen.tags if tag == "article"]) == len(answers)
        assert len(re.findall("<[a-z]", written)) == len(seen.tags)


def test_no_link_is_within_another_one(tmp_path: Path) -> None:
    text = html(conversation(message(1, "Go", None), message(2, "[a <http://b.c> d](http://e.f) g", 1)), tmp_path)
    assert '<a href="http://e.f" rel="noreferrer">a http://b.c d</a> g' in text


def test_html_has_both_appearances_and_is_always_light_on_paper(tmp_path: Path) -> None:
    text = html(BRANCHED, tmp_path)
    assert "@media (prefers-color-scheme: dark)" in text
    assert text.index("prefers-color-scheme: dark") < text.index("@media print")
    assert "Written by Qwen3 8B (Q4_K_M)" in text


def test_code_is_coloured_and_whole(tmp_path: Path) -> None:
    shown = conversation(message(1, "Go", None), message(2, "```python\nif x < 1:\n    pass\n```", 1))
    seen = Tags()
    text = html(shown, tmp_path)
    seen.feed(text)
    assert "if x < 1:\n    pass\n" in "".join(seen.text)
    assert '<span style="color:var(--accent)">if' in text


# Names


@pytest.mark.parametrize(("title", "name"), [
    ("Boats", "Boats"), ("a/b\\c:d", "a b c d"), ("..", "Chat"), ("", "Chat"), ("con", "con_"), ("NUL.txt", "NUL.txt_"),
    (" x ", "x"), ("x\u202egnp.exe", "x gnp.exe"), ("数据" * 100, "数据" * 26 + "数"), ("a" * 300, "a" * 80),
])  # fmt: skip
def test_titles_become_names_of_files(title: str, name: str) -> None:
    assert file_stem(title, "Chat") == name


def test_json_is_one_file_whatever_is_exported() -> None:
    assert not Export(format=ExportFormat.JSON, target="x").is_folder
    assert Export(format=ExportFormat.PDF, target="x").is_folder
    assert not Export(format=ExportFormat.PDF, target="x", chat_ids=("a",)).is_folder
