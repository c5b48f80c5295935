"""Connects the branches of the open chat with the services: the menu of a message, the map, and answers side by side."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu

from desktop_app.app import App
from desktop_app.domain.branch_map import Stretch, stretches
from desktop_app.domain.chats import Chat
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.models import ModelFile
from desktop_app.domain.presets import applied, built_in
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.tree import below
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.conversation.asking import ALTERNATIVES
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.conversation.conversation import OpenConversation
from desktop_app.gui.conversation.message_views import message_view
from desktop_app.gui.conversation.wishes import wishes
from desktop_app.gui.receipts.controller import ReceiptController
from desktop_app.services.answering.turns import Asked, Writer
from desktop_app.services.events import AnswerWaits, ServiceEvent
from desktop_app.support.formats import number
from desktop_app.support.i18n import _, ngettext

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class BranchController(QObject):
    """Serves the messages of the open chat; `open_chat` shows another one."""

    reading_requested = Signal(str)

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: "MainWindow",
        chat: ChatController,
        receipts: ReceiptController,
        *,
        models: Callable[[], Sequence[ModelFile]],
        model_path: Callable[[], str | None],
        sampling: Callable[[], Sampling],
        open_chat: Callable[[str], None],
    ) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._chat = chat
        self._receipts = receipts
        self._models = models
        self._model_path = model_path
        self._sampling = sampling
        self._open_chat = open_chat
        self._beside: tuple[str, ...] = ()  # the answers that stand side by side, and their chat
        self._beside_in: str | None = None
        commands = window.commands
        commands.ask_two.triggered.connect(self.offer_second_model)
        commands.side_by_side.triggered.connect(lambda: self._with_last(self.show_siblings))
        commands.branch_map.triggered.connect(self.show_map)
        window.top_bar.branches_requested.connect(self.show_map)
        window.sidebar.duplicate_requested.connect(self.duplicate)
        window.chat_view().more_requested.connect(self._show_menu)
        bridge.happened.connect(self._on_event)
        window.page_made.connect(self._page_made)
        window.pages.currentChanged.connect(lambda _place: self._forget_beside())
        chat.branches_changed.connect(self._offer)
        chat.asking.alternatives_asked.connect(self._alternatives_asked)
        chat.message_shown.connect(self._message_shown)
        chat.answer_shown.connect(self._answer_shown)
        chat.chat_opened.connect(self._chat_opened)
        chat.asking.returned.connect(lambda _error: self._leave())
        chat.asking.overflowed.connect(lambda _error, _again: self._leave())

    # The menu of a message

    def menu(self, message_id: str) -> QMenu:
        """Return what can be done with a message."""
        conversation = self._chat.conversation
        message = conversation.message(message_id) if conversation is not None else None
        if conversation is None or message is None:
            return QMenu(self._window)
        theme, at_rest = self._window.theme, conversation.streaming is None
        is_answer = message.role is Role.ASSISTANT
        menu = self._receipts.menu(message_id) if is_answer else QMenu(self._window)
        if is_answer:
            self._add_for_answer(menu, conversation, message_id)
        star = _("Remove the star") if message.starred else _("Star this message")
        menu.addAction(
            theme.icon("star-on" if message.starred else "star"),
            star,
            lambda: self._window.chat_view().star_requested.emit(message_id),
        )
        if message.text.strip() and message not in conversation.all_streaming:
            aloud = menu.addAction(theme.icon("speaker"), _("Read aloud"))
            aloud.triggered.connect(lambda: self.reading_requested.emit(message_id))
        if not conversation.chat.is_temporary:
            away = menu.addAction(theme.icon("branch"), _("Continue in a new chat"))
            away.triggered.connect(lambda: self.take_out(message_id))
        if conversation.has_branches:
            menu.addAction(theme.icon("map"), _("Map of the branches"), self.show_map)
        menu.addSeparator()
        delete = menu.addAction(theme.icon("trash", "bad"), _("Delete…"), lambda: self.ask_delete(message_id))
        delete.setEnabled(at_rest)
        return menu

    def _add_for_answer(self, menu: QMenu, conversation: OpenConversation, answer_id: str) -> None:
        """Add what asks for more answers, or goes on from this one."""
        theme, at_rest = self._window.theme, conversation.streaming is None
        menu.addSeparator()
        others = menu.addMenu(theme.icon("regenerate"), _("Regenerate with another model"))
        self._add_models(others, lambda writer: self._chat.asking.regenerate(answer_id, by=writer))
        values = menu.addMenu(theme.icon("settings"), _("Regenerate with a preset's values"))
        self._add_presets(values, answer_id)
        both = menu.addMenu(theme.icon("compare"), _("Ask two models side by side"))
        self._add_models(both, lambda writer: self._chat.asking.regenerate(answer_id, also=(writer,)))
        wished = menu.addMenu(theme.icon("edit"), _("Ask again, with a wish"))
        for wish in wishes():
            action = wished.addAction(wish.name)
            action.triggered.connect(lambda _on=False, wish=wish: self._chat.asking.ask_again(answer_id, wish))
        for submenu in (others, values, both, wished):
            submenu.setEnabled(at_rest and bool(submenu.actions()))
        beside = menu.addAction(theme.icon("compare"), _("Show the answers side by side"))
        beside.setEnabled(conversation.place(answer_id)[1] > 1)
        beside.triggered.connect(lambda: self.show_siblings(answer_id))
        menu.addSeparator()
        if answer_id == conversation.leaf_id:
            suggest = self._window.commands.suggest
            menu.addAction(theme.icon("edit"), suggest.text(), suggest.trigger).setEnabled(suggest.isEnabled())
        here = menu.addAction(theme.icon("continue"), _("Continue from here"))
        here.setEnabled(at_rest and conversation.leaf_id != answer_id)
        here.triggered.connect(lambda: self.continue_from(answer_id))

    def continue_from(self, answer_id: str) -> None:
        """Let the next question begin a branch behind an answer."""
        conversation = self._chat.conversation
        before = conversation.leaf_id if conversation is not None else None
        self._chat.walk.end_at(answer_id)
        if conversation is not None and before is not None:
            self._window.notice.show_notice(
                _("Your next question begins a new branch here."),
                (_("Undo"), partial(self._chat.walk.look_at, before)),
                chat_id=conversation.chat.id,
            )

    def take_out(self, message_id: str) -> None:
        """Go on from a message in a new chat, and tell the way back."""
        origin = self._chat.chat
        if origin is None:
            return

        def made(chat: Chat) -> None:
            self._open_chat(chat.id)
            self._window.notice.show_notice(
                _("This chat goes on from “{title}”, which stays as it is.").format(
                    title=origin.title or _("New chat")
                ),
                (_("Go back there"), partial(self._open_chat, origin.id)),
            )

        self._bridge.when_done(self._app.branches.take_out(origin.id, message_id), made)

    def duplicate(self, chat_id: str) -> None:
        """Show a copy of a chat with all of its branches."""

        def made(chat: Chat) -> None:
            self._open_chat(chat.id)
            self._window.notice.show_notice(_("This is a copy; the chat itself stays as it is."))

        self._bridge.when_done(self._app.branches.duplicate(chat_id), made)

    def ask_delete(self, message_id: str) -> None:
        """Delete a message for good, with all that hangs on it, once a person has agreed."""
        from desktop_app.gui.dialogs.confirm import ConfirmDialog

        conversation = self._chat.conversation
        message = conversation.message(message_id) if conversation is not None else None
        if conversation is None or message is None:
            return
        title = _("Delete this question?") if message.role is Role.USER else _("Delete this answer?")
        others = len(below(conversation.messages, message_id)) - 1
        more = ngettext(
            "{count} message that follows it, on all branches, goes with it. This cannot be undone.",
            "{count} messages that follow it, on all branches, go with it. This cannot be undone.",
            others,
        )
        words = more.format(count=number(others)) if others else _("This cannot be undone.")
        dialog = ConfirmDialog(self._window.theme, title, words, _("Delete for good"), self._window)
        dialog.confirmed.connect(lambda: self._delete(message.chat_id, message_id))
        dialog.open()

    def _delete(self, chat_id: str, message_id: str) -> None:
        def deleted(gone: tuple[str, ...]) -> None:
            if not gone:
                self._window.notice.show_notice(_("An answer is being written there. Delete it when that has ended."))

        self._bridge.when_done(self._app.branches.remove(chat_id, message_id), deleted)
        self._window.composer.focus()

    def offer_second_model(self) -> None:
        """Let a person choose the model that answers beside the chat's own."""
        menu = QMenu(self._window)
        self._add_models(menu, self._chat.asking.ask_also)
        hindrance = ""
        if not menu.actions():
            hindrance = _("There is only one model on this computer. “Models” has others.")
        elif self._chat.is_streaming:
            hindrance = _("An answer is being written. Ask two models when it has ended.")
        elif not self._chat.asking.has_question:
            hindrance = _("First type the question that two models are to answer.")
        if hindrance:
            menu.deleteLater()
            self._window.notice.show_notice(hindrance)
            return
        menu.aboutToHide.connect(menu.deleteLater)
        composer = self._window.composer
        menu.popup(composer.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def _show_menu(self, message_id: str, place: QPoint) -> None:
        menu = self.menu(message_id)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def _add_models(self, menu: QMenu, does: Callable[[Writer], None]) -> None:
        for model in self._models():
            if not model.is_usable or model.path == self._model_path():
                continue
            words = f"{model.name}   {model.quantization}" if model.quantization else model.name
            action = menu.addAction(words.replace("&", "&&"))
            action.triggered.connect(lambda _on=False, path=model.path: does(Writer(path, self._sampling())))

    def _add_presets(self, menu: QMenu, answer_id: str) -> None:
        for preset in (*built_in(), *self._app.presets.presets):
            action = menu.addAction(preset.name.replace("&", "&&"))
            action.triggered.connect(
                lambda _on=False, preset=preset: self._regenerate(answer_id, applied(preset, self._sampling()))
            )

    def _regenerate(self, answer_id: str, sampling: Sampling) -> None:
        model_path = self._model_path()
        if model_path is not None:
            self._chat.asking.regenerate(answer_id, by=Writer(model_path, sampling))

    # The map

    def show_map(self) -> None:
        """Show the branches of the open chat; where they lie is found in a thread of the pool, for those that are long."""
        conversation = self._chat.conversation
        if conversation is not None and conversation.has_branches:
            found = self._app.pool.submit(stretches, conversation.messages, conversation.leaf_id)
            self._bridge.when_done(found, lambda rows: self._show_rows(conversation, rows))

    def _show_rows(self, conversation: OpenConversation, rows: Sequence[Stretch]) -> None:
        from desktop_app.gui.branches.map_dialog import BranchMapDialog  # few sessions need it

        if self._chat.conversation is conversation:  # else another chat was opened meanwhile
            dialog = BranchMapDialog(self._window.theme, rows, self._window)
            dialog.chosen.connect(self._jump)
            dialog.open()

    def _jump(self, stretch: Stretch) -> None:
        if not stretch.is_shown:
            self._window.show_page("chat")
            self._chat.walk.look_at(stretch.last.id if stretch.is_leaf else stretch.first.id)

    # Side by side

    def show_siblings(self, answer_id: str) -> None:
        """Show an answer beside the others to its question, the newest where there are many."""
        from desktop_app.gui.branches.alternatives_page import MOST

        conversation = self._chat.conversation
        if conversation is None:
            return
        family = conversation.siblings(answer_id)
        others = [name for name in family if name != answer_id][-(MOST - 1) :]
        shown = tuple(name for name in family if name in others or name == answer_id)
        self._show_beside(conversation.chat.id, shown)

    def _alternatives_asked(self, asked: Asked) -> None:
        """Show answers from their first word on, beside the one that they were asked to be alternatives of."""
        conversation = self._chat.conversation
        shown = conversation.last_answer if conversation is not None else None
        before = (shown.id,) if shown is not None and len(asked.answer_ids) == ALTERNATIVES else ()
        self._show_beside(asked.chat_id, (*before, *asked.answer_ids))

    def _show_beside(self, chat_id: str, answer_ids: tuple[str, ...]) -> None:
        from desktop_app.gui.branches.alternatives_page import Heading

        conversation = self._chat.conversation
        self._window.show_page("alternatives")
        page = self._window.alternatives_page
        headings = [Heading(name, self._title(number, name)) for number, name in enumerate(answer_ids, 1)]
        page.show_headings(headings)
        self._beside_in = chat_id
        self._beside = tuple(column.answer_id for column in page.columns)
        self._chat.show_beside([column.view for column in page.columns])
        whole = self._window.chat_view()
        for view in (column.view for column in page.columns):  # what is wished there is done as in the conversation
            view.link_activated.connect(whole.link_activated)
            view.save_requested.connect(whole.save_requested)
            view.zoom_requested.connect(whole.zoom_requested)
        for name in self._beside:
            message = conversation.message(name) if conversation is not None else None
            if message is not None:
                self._message_shown(message)
        page.setFocus()

    def _title(self, number: int, answer_id: str) -> str:
        conversation = self._chat.conversation
        answer = conversation.message(answer_id) if conversation is not None else None
        if answer is not None and answer.is_edited:
            name = _("Edited by you")
        elif answer is not None and answer.receipt is not None:
            name = answer.receipt.model_name
        else:
            path = self._chat.asking.model_of(answer_id) or self._model_path() or ""
            name = next((model.name for model in self._models() if model.path == path), Path(path).stem)
        return _("{number} · {name}").format(number=number, name=name)

    def take(self, answer_id: str) -> None:
        """Go on with an answer; those beside it that are still written stop, and stay."""
        conversation = self._chat.conversation
        for name in self._beside:
            message = conversation.message(name) if conversation is not None else None
            if name != answer_id and (message is None or message.status is MessageStatus.STREAMING):
                self._app.chats.stop(name)
        self._leave()
        self._chat.walk.look_at(answer_id)

    def _on_event(self, event: ServiceEvent) -> None:
        if isinstance(event, AnswerWaits) and event.chat_id == self._chat.chat_id:
            self._chat.progress.hear(event)
            self._window.notice.show_notice(
                _("There is not enough memory for both models at once. They answer one after the other.")
            )

    def _page_made(self, name: str) -> None:
        if name == "alternatives":
            page = self._window.alternatives_page
            page.closed.connect(self._leave)
            page.taken.connect(self.take)
            page.stop_requested.connect(self._chat.stop)
            page.compare_requested.connect(self._receipts.compare_pair)

    def _message_shown(self, message: Message) -> None:
        conversation = self._chat.conversation
        if conversation is None or not self._beside:
            return
        page = self._window.alternatives_page
        column = page.column(message.id)
        if column is not None:
            question = conversation.question_of(message.id)
            page.show_question(question.text if question is not None else "")
            column.show_answer(message_view(conversation, message))
            page.refresh()

    def _answer_shown(self, message: Message) -> None:
        conversation = self._chat.conversation
        column = self._window.alternatives_page.column(message.id) if message.id in self._beside else None
        if conversation is not None and column is not None:
            column.show_end(message_view(conversation, message))
            self._window.alternatives_page.refresh()

    def _chat_opened(self, chat: Chat | None) -> None:
        if chat is None or chat.id != self._beside_in:
            self._leave()

    def _leave(self) -> None:
        if self._window.page == "alternatives":
            self._window.show_page("chat")

    def _forget_beside(self) -> None:
        """Draw what streams no longer twice, once the page was left."""
        if self._window.page != "alternatives":
            self._beside = ()
            self._chat.show_beside(())

    def _offer(self, has_branches: bool) -> None:
        conversation = self._chat.conversation
        last = conversation.last_answer if conversation is not None else None
        self._window.top_bar.set_has_branches(has_branches)
        self._window.commands.branch_map.setEnabled(has_branches)
        several = conversation is not None and last is not None and conversation.place(last.id)[1] > 1
        self._window.commands.side_by_side.setEnabled(several)

    def _with_last(self, action: Callable[[str], None]) -> None:
        conversation = self._chat.conversation
        if conversation is not None and conversation.last_answer is not None:
            action(conversation.last_answer.id)
