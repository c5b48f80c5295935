"""Chats on paper: pages that fill, what is higher than a page, emoji, and a file that did not become whole."""

import random
import re
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from PySide6.QtGui import QTextDocument

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.exports import ExportOptions
from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import FilePart, TextPart, ThoughtPart
from desktop_app.gui.export import pdf
from desktop_app.gui.export.emoji import Emoji
from desktop_app.gui.export.html import write_html
from desktop_app.gui.export.pdf import write_pdf
from desktop_app.helper.pdf import read_pdf
from desktop_app.protocol.helper import ReadPdf
from tests.unit.domain.random_chats import random_conversation

PAGE = re.compile(rb"/Type\s*/Page\b")
IMAGE = re.compile(rb"/Subtype\s*/Image\b")


def conversation(*texts: str) -> Conversation:
    messages: list[Message] = []
    for number, text in enumerate(texts):
        messages.append(
            Message(
                id=f"{number:032x}",
                chat_id="c",
                parent_id=messages[-1].id if messages else None,
                role=Role.ASSISTANT if number % 2 else Role.USER,
                parts=(ThoughtPart("Hm.", 2.0), TextPart(text)) if number % 2 else (TextPart(text),),
                status=MessageStatus.COMPLETE,
                created_at=1_795_000_000.0,
                receipt=Receipt(model_name="Qwen3 8B") if number % 2 else None,
            )
        )
    chat = Chat(id="c", title="Boats", created_at=0.0, updated_at=0.0, leaf_id=messages[-1].id if messages else None)
    return Conversation(chat=chat, messages=tuple(messages))


def pages(shown: Conversation, tmp_path: Path) -> bytes:
    file = tmp_path / "chat.pdf"
    write_pdf(shown, ExportOptions(), file, lambda _done, _total: None)
    return file.read_bytes()


def test_a_short_chat_is_one_page_and_a_long_one_fills_many(qapp, tmp_path: Path) -> None:
    paragraph = "A boat that is painted green and goes slowly. " * 12
    assert len(PAGE.findall(pages(conversation("Name a boat", "Heron."), tmp_path))) == 1
    count = len(PAGE.findall(pages(conversation(*[paragraph] * 40), tmp_path)))
    assert 6 <= count <= 14  # about a fifth of a page for each message with its head


@pytest.mark.parametrize("text", [
    "```python\n" + "print('a line of code')\n" * 300 + "```",
    "| a | b |\n|---|---|\n" + "| one | two words |\n" * 150,
    "> " + "A long quote without any end. " * 900,
    "word " * 4000,
    "x" * 20_000,
    "\n".join(f"{'  ' * (number % 5)}- item {number}" for number in range(200)),
])  # fmt: skip
def test_what_is_higher_than_a_page_goes_on_on_the_next(qapp, tmp_path: Path, text: str) -> None:
    count = len(PAGE.findall(pages(conversation("Go", text, "Thanks"), tmp_path)))
    assert 3 <= count <= 16


def test_what_goes_along_with_a_question_is_on_the_pages(qapp, tmp_path: Path) -> None:
    asked = conversation("Look", "Yes")
    file = FilePart(name="a.txt", text="a line of the file\n" * 300)
    question = msgspec.structs.replace(asked.messages[0], parts=(*asked.messages[0].parts, file))
    with_file = msgspec.structs.replace(asked, messages=(question, *asked.messages[1:]))
    assert len(PAGE.findall(pages(with_file, tmp_path))) > len(PAGE.findall(pages(asked, tmp_path)))
    page = tmp_path / "chat.html"
    write_html(with_file, ExportOptions(), page, lambda _done, _total: None)
    assert "a line of the file" in page.read_text(encoding="utf-8")


def test_a_star_is_on_the_page(qapp, tmp_path: Path) -> None:
    asked = conversation("Name a boat", "Heron")
    starred = msgspec.structs.replace(asked.messages[1], starred=True)
    pages(msgspec.structs.replace(asked, messages=(asked.messages[0], starred)), tmp_path)
    words = read_pdf(ReadPdf(request_id="r", path=str(tmp_path / "chat.pdf"), most=10_000)).text.split()
    assert words.count("Starred") == 1
    assert words.index("boat") < words.index("Written") < words.index("Starred") < words.index("Heron")


def test_the_pages_of_a_document_begin_where_the_one_before_ended(qapp, tmp_path: Path, monkeypatch) -> None:
    tops: list[float] = []
    place = pdf._Pages.place

    def noted(self, made, **room) -> None:
        place(self, made, **room)
        tops.append(self._top)
        assert 0 <= self._top <= self._size.height()

    monkeypatch.setattr(pdf._Pages, "place", noted)
    pages(conversation(*["Some words of a boat.\n\n```\ncode\n```\n\n| a |\n|---|\n| b |"] * 30), tmp_path)
    falls = sum(later < earlier for earlier, later in pairwise(tops))
    assert falls + 1 == len(PAGE.findall((tmp_path / "chat.pdf").read_bytes()))


def test_emoji_become_images_and_other_text_stays(qapp, tmp_path: Path) -> None:
    assert not IMAGE.findall(pages(conversation("Go", "Plain © → text № ½ ✓"), tmp_path))
    assert IMAGE.findall(pages(conversation("Go", "🎉 and 👩‍🚀 and ❤️ and 🇩🇪"), tmp_path))


def test_an_emoji_is_one_image_however_many_characters_it_has(qapp) -> None:
    document = QTextDocument()
    document.setPlainText("a 👩‍🚀👍🏽 b 🇩🇪 ⌚ ❤️ c ☎ 1")
    Emoji().replace_in(document)
    assert document.toPlainText() == "a \ufffc\ufffc b \ufffc \ufffc \ufffc c ☎ 1"


@pytest.mark.parametrize("seed", range(12))
def test_random_chats_become_pages(qapp, tmp_path: Path, seed: int) -> None:
    content = pages(random_conversation(random.Random(seed), 60), tmp_path)
    assert content.startswith(b"%PDF")
    assert content.rstrip().endswith(b"%%EOF")


def test_a_file_that_is_not_whole_is_told(qapp, tmp_path: Path) -> None:
    file = tmp_path / "cut.pdf"
    file.write_bytes(b"%PDF-1.4 half")
    with pytest.raises(OSError, match="No space"):
        pdf._check(file, failed=False)
    with pytest.raises(OSError, match=re.escape(str(tmp_path))):
        write_pdf(conversation("Go"), ExportOptions(), tmp_path / "none" / "x.pdf", lambda _done, _total: None)
