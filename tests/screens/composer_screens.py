"""The screens of the composer: attached files, questions that come next, sent files."""

import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMenu

from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import FilePart, question_parts
from desktop_app.domain.unsent import NextQuestion
from desktop_app.gui.chat.view import MessageView
from desktop_app.gui.composer.attachment_chips import Attached
from desktop_app.gui.composer.attachment_dialog import AttachmentDialog
from desktop_app.gui.spelling.choices import missing_words
from desktop_app.gui.spelling.marks import SpellingMarks
from desktop_app.gui.spelling.menu import word_menu
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.writing.spelling import DictionaryList

CODE = FilePart(name="lighthouse.py", text="def blink(text: str) -> None:\n    ...\n" * 40, size=1_640, tokens=412)
REPORT = FilePart(
    name="A report with a rather long name, final version 3 (2).pdf", text="The lamp " * 9000, size=2_400_000,
    tokens=21_340, pages=48, blank_pages=3,
)  # fmt: skip
PASTED = FilePart(name="Pasted text", text="ERROR lamp\n" * 300, size=3_300, tokens=900, is_pasted=True)
GUESSED = FilePart(name="liste.csv", text="Grüße;Köln\n" * 20, size=220, tokens=90, guessed_encoding="Latin-1")
QUEUE = (
    NextQuestion(id="1", text="And how would I test that without a lamp?", files=(CODE,)),
    NextQuestion(
        id="2", text="Then write the same in Rust, with the same names, and say what is different there, please."
    ),
    NextQuestion(id="3", text="", files=(REPORT,)),
)


def _message(name: str, role: Role, text: str, files: tuple[FilePart, ...] = ()) -> MessageView:
    receipt = Receipt(model_name="Qwen3 8B", completion_tokens=98, tokens_per_second=61, seconds_to_first_token=0.18)
    message = Message(id=name, chat_id="c", parent_id=None, role=role, parts=question_parts(text, files),
                      status=MessageStatus.COMPLETE, created_at=time.time(),
                      receipt=receipt if role is Role.ASSISTANT else None)  # fmt: skip
    return MessageView(message=message, sibling_index=0, sibling_count=1, failure=None)


def _chat(window: MainWindow) -> None:
    window.chat_view().show_messages(
        [
            _message("q", Role.USER, "What does this program do, and does it agree with the report?", (CODE, REPORT)),
            _message("a", Role.ASSISTANT, "It blinks a text as Morse code. The report describes the same timing."),
            _message("q2", Role.USER, "", (PASTED,)),
            _message("a2", Role.ASSISTANT, "The log says that the lamp failed 300 times."),
        ],
        chat_id="c",
    )


def attached(window: MainWindow) -> None:
    _chat(window)
    window.composer.set_context(3174, 8192)
    window.composer.set_files((CODE, REPORT, PASTED, GUESSED))
    window.composer.attachments.add(Attached("minutes of the meeting.pdf"))
    window.composer.set_text("Do they agree?")
    window.composer.set_token_count(4)


def attached_focus(window: MainWindow) -> None:
    attached(window)
    window.composer.attachments.chips[0].open.setFocus(Qt.FocusReason.TabFocusReason)


def queued(window: MainWindow) -> None:
    _chat(window)
    window.composer.set_context(3174, 8192)
    window.composer.set_state("streaming")
    window.composer.queued.show_queue(QUEUE, "")
    window.composer.set_text("One more")
    window.composer.set_token_count(2)


def queue_waits(window: MainWindow) -> None:
    _chat(window)
    window.composer.queued.show_queue(QUEUE[:1], "The answer was stopped, so the next question is waiting.")


def queue_edited(window: MainWindow) -> None:
    queued(window)
    window.composer.set_editing("1", QUEUE[0].text, QUEUE[0].files, queued=True)


def drop_target(window: MainWindow) -> None:
    _chat(window)
    window.composer.set_drop_target(True)


MISSPELT = {"lgihthouse", "recieve", "definately", "טעוות"}


def spelling(window: MainWindow) -> SpellingMarks:
    _chat(window)
    marks = SpellingMarks(window.composer.field, lambda word: word not in MISSPELT)
    marks.set_on(True)
    window.composer.set_text(
        "How does a lgihthouse recieve its power? It definately needs `soem_code` and src/lihgt.py.\nמילה טעוות אחת"
    )
    window.composer.set_token_count(24)
    return marks


def spelling_menu(window: MainWindow) -> QMenu:
    spelling(window)
    suggestions = ("receive", "relieve", "reverie")
    menu = word_menu(window.composer.field, "recieve", suggestions, replace=lambda _word: None, add=lambda: None)
    menu.popup(window.composer.field.mapToGlobal(window.composer.field.rect().center()))
    return menu


def settings(window: MainWindow) -> None:
    page = window.settings_page
    window.show_page("settings")
    QCoreApplication.processEvents()
    page.offer_dictionaries(("de_AT", "en_US"))
    page.say("spelling", "check", missing_words(DictionaryList(False, (), ()), "linux"))
    page.ensureWidgetVisible(page.sections["spelling"], 0, 200)


def attachment_dialog(window: MainWindow) -> AttachmentDialog:
    _chat(window)
    dialog = AttachmentDialog(window.theme, PASTED, can_insert=True, parent=window)
    dialog.open()
    return dialog


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "composer-attached": attached,
    "composer-attached-focus": attached_focus,
    "composer-queued": queued,
    "composer-queue-waits": queue_waits,
    "composer-queue-edited": queue_edited,
    "composer-drop": drop_target,
    "composer-spelling": spelling,
    "settings-spelling": settings,
}
