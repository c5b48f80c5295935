"""Connects receipts with the services: shows and copies them, runs answers again, and compares two."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.messages import Message, MessageStatus
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.word_diff import WordDiff, word_diff
from desktop_app.gui.bridge import Bridge, Newest
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.receipts.block import ReceiptBlock
from desktop_app.gui.receipts.compare_candidates import NEW, Candidate, candidates_of
from desktop_app.gui.widgets.notice import Action, Notice
from desktop_app.services.insight.again import Rerun
from desktop_app.services.insight.receipt_text import as_text, rerun_words
from desktop_app.services.words.error_text import explain
from desktop_app.support.i18n import _, ngettext

if TYPE_CHECKING:
    from concurrent.futures import Future

    from desktop_app.gui.window.main_window import MainWindow


class _Running:
    """An answer that is written again, to be compared at once where it `compares`."""

    def __init__(self, *, compares: bool) -> None:
        self.compares = compares
        self.future: Future[Rerun]
        self.follower: Callable[[int], None] = lambda _count: None
        """Hears in a service thread how many characters there are."""
        self.notice: Notice | None = None
        """Says so to those who do not see it in a block."""

    def tell(self, count: int) -> None:
        """Tell whoever shows it how many characters there are."""
        self.follower(count)


class ReceiptController(QObject):
    """Serves the answers of the open chat. What was run again is kept until the chat is left, or it is kept for good.

    `model_path` and `sampling` tell what answers now, and how.
    """

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: MainWindow,
        chat: ChatController,
        *,
        model_path: Callable[[], str | None],
        sampling: Callable[[], Sampling],
    ) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._compared = Newest(bridge)
        self._window = window
        self._chat = chat
        self._model_path = model_path
        self._sampling = sampling
        self._blocks: list[ReceiptBlock] = []
        self._reruns: dict[str, Rerun] = {}
        self._offers: dict[str, Notice] = {}
        """What was told of answers that were written again."""
        self._running: dict[str, _Running] = {}
        self._knows_page = False
        commands = window.commands
        commands.receipt.triggered.connect(lambda: self._with_last(self.show_receipt))
        commands.run_again.triggered.connect(lambda: self._with_last(self.run_again))
        commands.compare.triggered.connect(lambda: self._with_last(self.compare))
        commands.answer_otherwise.triggered.connect(lambda: self._with_last(self.answer_otherwise))
        chat.chat_opened.connect(self._forget_others)
        chat.answer_changed.connect(lambda _can_continue, at_rest: self._offer(at_rest=at_rest))

    def connect_block(self, block: ReceiptBlock) -> None:
        """Serve a block, whichever answer it shows, as long as it lives."""
        block.details_requested.connect(self.show_receipt)
        block.copy_requested.connect(lambda answer_id: self._copy(answer_id, block))
        block.again_requested.connect(self.run_again)
        block.cancel_requested.connect(self._cancel)
        block.compare_requested.connect(self._compare_new)
        block.keep_requested.connect(self._keep)
        self._blocks.append(block)
        block.destroyed.connect(lambda: self._blocks.remove(block))

    def show_in(self, block: ReceiptBlock, answer: Message | None) -> None:
        """Show an answer in a block, with what running it again has shown."""
        block.show_answer(answer)
        self._refresh(block)

    def show_receipt(self, answer_id: str) -> None:
        """Show all of an answer's receipt in a dialog."""
        from desktop_app.gui.receipts.dialog import ReceiptDialog  # few sessions need it

        answer = self._answer(answer_id)
        if answer is not None and answer.receipt is not None:
            dialog = ReceiptDialog(self._window.theme, answer, self._window)
            self.connect_block(dialog.block)
            dialog.block.compare_requested.connect(dialog.accept)
            self._refresh(dialog.block)
            dialog.open()

    def run_again(self, answer_id: str) -> None:
        """Ask again as the receipt says, and tell where the new text differs first."""
        self._run(answer_id, None)

    def answer_otherwise(self, answer_id: str) -> None:
        """Answer again with the sampling values as they are now, and compare."""
        self._run(answer_id, self._sampling())

    def compare(self, answer_id: str) -> None:
        """Compare an answer with its neighbour: the one before it, else the one after it."""
        other = self._other(answer_id)
        if other is not None:
            self.compare_pair(*sorted((other, answer_id)))

    def compare_pair(self, left: str, right: str) -> None:
        """Compare two answers of the open chat."""
        self._show_pair(left, right)

    # Running again

    def _run(self, answer_id: str, sampling: Sampling | None) -> None:
        """Have an answer written again as its receipt says, or with other values, which compares them at once."""
        answer, model_path = self._answer(answer_id), self._model_path()
        if sampling is None:  # as it was made, and so by the model that made it
            model_path = self._chat.asking.model_of(answer_id) or model_path
        if answer is None or answer.receipt is None or model_path is None or answer_id in self._running:
            return
        self._forget_rerun(answer_id)
        self._show_running(answer_id, 0)
        running = _Running(compares=sampling is not None)
        if not self._is_seen(answer_id):
            running.notice = self._window.notice.show_notice(
                _("The answer is written again…"), (_("Stop"), partial(self._cancel, answer_id)), timeout=0
            )
        running.future = self._app.again.run(answer.chat_id, answer_id, model_path, sampling, running.tell)
        self._follow(answer_id, running)

    def take_over(self, former: ReceiptController) -> None:
        """Go on with what was written again in a window that was made anew, and know what came of it."""
        self._reruns.update(former._reruns)
        self._offers.update(former._offers)
        for answer_id, running in former._running.items():
            self._follow(answer_id, running)

    def _follow(self, answer_id: str, running: _Running) -> None:
        """Show how far an answer is that is written again, and what comes of it."""
        self._running[answer_id] = running

        def is_wanted() -> bool:
            return self._running.get(answer_id) is running

        def progress(count: int) -> None:
            if is_wanted():
                self._show_running(answer_id, count)

        def done(rerun: Rerun) -> None:
            if is_wanted():
                self._forget_running(answer_id)
                self._reruns[answer_id] = rerun
                self._refresh_all(answer_id)
                if not (running.compares and self._compare_new(answer_id)):
                    self._tell(answer_id, rerun)

        def failed(error: ErrorInfo) -> None:
            if is_wanted():
                self._forget_running(answer_id)
                self._show_problem(answer_id, error)

        running.follower = lambda count: self._bridge.call(lambda: progress(count))
        self._bridge.when_done(running.future, done, failed, lambda: self._given_up(answer_id, running))

    def _given_up(self, answer_id: str, running: _Running) -> None:
        """Say that it ended though nobody pressed Stop here: the loading of its model was cancelled."""
        if self._running.get(answer_id) is running:
            self._cancel(answer_id)

    def _forget_others(self, chat: Chat | None) -> None:
        """Let go of what was run again in a chat that was left."""
        for answer_id, rerun in tuple(self._reruns.items()):
            if chat is None or rerun.original.chat_id != chat.id:
                self._forget_rerun(answer_id)

    def _cancel(self, answer_id: str) -> None:
        if self._forget_running(answer_id):
            self._app.again.cancel(answer_id)
            for block in self._showing(answer_id):
                block.show_result(_("Stopped."), "muted")

    def _forget_running(self, answer_id: str) -> bool:
        """Take an answer for one that is not written again any more; whether it was."""
        running = self._running.pop(answer_id, None)
        if running is not None and running.notice is not None:
            self._window.notice.dismiss(running.notice)
        return running is not None

    def _forget_rerun(self, answer_id: str) -> Rerun | None:
        """Offer no more what an answer became when it was written again, and return that."""
        if answer_id in self._offers:
            self._window.notice.dismiss(self._offers.pop(answer_id))
        return self._reruns.pop(answer_id, None)

    def _keep(self, answer_id: str) -> None:
        rerun = self._forget_rerun(answer_id)
        if rerun is None:
            return

        def kept(_message: Message) -> None:
            self._refresh_all(answer_id)
            if self._knows_page:
                self._window.compare_page.kept()
            self._window.notice.show_notice(_("The new answer was added beside the first one."))

        self._bridge.when_done(self._app.again.keep(rerun), kept)

    def _tell(self, answer_id: str, rerun: Rerun) -> None:
        """Say what came of it to those who do not see it in a block."""
        if self._is_seen(answer_id):
            return
        choices: list[Action] = []
        if rerun.difference is not None:
            choices = [(_("Keep the new answer"), partial(self._keep, answer_id))]
        if choices and self._answer(answer_id) is not None:  # else another chat is open by now
            choices.insert(0, (_("Compare"), partial(self._compare_new, answer_id)))
        self._offers[answer_id] = self._window.notice.show_notice(
            rerun_words(rerun), timeout=0, choices=choices, chat_id=rerun.original.chat_id
        )

    def _show_running(self, answer_id: str, count: int) -> None:
        words = ngettext("Running again: {count} character", "Running again: {count} characters", count)
        for block in self._showing(answer_id):
            block.show_running(words.format(count=count) if count else _("Running again…"))

    def _show_problem(self, answer_id: str, error: ErrorInfo) -> None:
        explanation = explain(error)
        words = explanation.text
        for block in self._showing(answer_id):
            block.show_result(words, "bad")
        if not self._is_seen(answer_id):
            self._window.notice.show_notice(words, None, "error")

    # Comparing

    def _compare_new(self, answer_id: str) -> bool:
        return answer_id in self._reruns and self._show_pair(answer_id, NEW, new_of=answer_id)

    def _show_pair(self, left: str, right: str, new_of: str = "") -> bool:
        """Show two answers side by side; False where the chat was left meanwhile, or one is written further just now."""
        conversation = self._chat.conversation
        offered = candidates_of(conversation, left, right) if conversation is not None else []
        if new_of:
            offered.append(Candidate(NEW, _("New answer, not kept"), self._reruns[new_of].message))
        if not {left, right} <= {each.key for each in offered}:
            return False
        page = self._window.compare_page
        if not self._knows_page:
            self._knows_page = True
            page.closed.connect(lambda: self._window.show_page("chat"))
            page.pair_chosen.connect(self._compute)
            page.keep_requested.connect(self._keep)
        self._window.show_page("compare")
        page.show_pair(offered, left, right, new_of)
        return True

    def _compute(self, left: str, right: str) -> None:
        """Compare in a thread of the pool: long texts take longer than a frame."""
        from desktop_app.gui.receipts.compare_page import whole_text

        page = self._window.compare_page
        texts = [whole_text(page.candidates[key].message) for key in (left, right)]

        def show(diff: WordDiff) -> None:
            page.show_diff(left, right, diff)

        self._compared.when_done(self._app.pool.submit(word_diff, *texts), show)

    # Showing

    def menu(self, answer_id: str) -> QMenu:
        """Return what can be done with an answer's receipt."""
        theme = self._window.theme
        menu = QMenu(self._window)
        answer = self._answer(answer_id)
        known = answer is not None and answer.receipt is not None
        runs = known and answer_id not in self._running and self._model_path() is not None
        entries = (
            ("receipt", _("Receipt…"), known, self.show_receipt),
            ("regenerate", _("Run again"), runs, self.run_again),
            ("compare", _("Compare with the other answer"), self._other(answer_id) is not None, self.compare),
            ("branch", _("Answer with the current values and compare"), runs, self.answer_otherwise),
        )
        for icon, words, enabled, does in entries:
            action = menu.addAction(theme.icon(icon), words)
            action.setEnabled(enabled)
            action.triggered.connect(lambda _on=False, does=does: does(answer_id))
        return menu

    def _offer(self, *, at_rest: bool) -> None:
        """Switch the commands about the last answer on or off."""
        conversation = self._chat.conversation
        last = conversation.last_answer if conversation is not None else None
        known = at_rest and last is not None and last.receipt is not None
        commands = self._window.commands
        for command in (commands.receipt, commands.run_again, commands.answer_otherwise):
            command.setEnabled(known)
        commands.compare.setEnabled(at_rest and last is not None and self._other(last.id) is not None)

    def _with_last(self, action: Callable[[str], None]) -> None:
        conversation = self._chat.conversation
        if conversation is not None and conversation.last_answer is not None:
            action(conversation.last_answer.id)

    def _copy(self, answer_id: str, block: ReceiptBlock) -> None:
        answer = self._answer(answer_id)
        if answer is not None and answer.receipt is not None:
            QGuiApplication.clipboard().setText(as_text(answer.receipt))
            block.copy.set_content(_("Copied"), "check")

    def _refresh_all(self, answer_id: str) -> None:
        for block in self._showing(answer_id):
            self._refresh(block)

    def _refresh(self, block: ReceiptBlock) -> None:
        rerun = self._reruns.get(block.answer_id)
        if block.answer_id in self._running:
            block.show_running(_("Running again…"))
        elif rerun is not None:
            block.show_result(rerun_words(rerun), has_answer=rerun.difference is not None)
        else:
            block.show_result("")

    def _showing(self, answer_id: str) -> list[ReceiptBlock]:
        return [block for block in self._blocks if block.answer_id == answer_id]

    def _is_seen(self, answer_id: str) -> bool:
        return any(block.isVisible() for block in self._showing(answer_id))

    def _answer(self, answer_id: str) -> Message | None:
        conversation = self._chat.conversation
        return conversation.message(answer_id) if conversation is not None else None

    def _other(self, answer_id: str) -> str | None:
        """Return the neighbour that an answer is compared with, where both have ended."""
        answer, conversation = self._answer(answer_id), self._chat.conversation
        if answer is None or conversation is None or answer.status is MessageStatus.STREAMING:
            return None
        beside = (conversation.sibling(answer_id, step) for step in (-1, 1))
        return next((each for each in beside if each is not None and self._has_ended(each)), None)

    def _has_ended(self, answer_id: str) -> bool:
        answer = self._answer(answer_id)
        return answer is not None and answer.status is not MessageStatus.STREAMING
