"""Connects the window's frame with the services: chat list, models, sampling, settings, pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from desktop_app.app import App
from desktop_app.domain.chats import Chat, ChatStart, Conversation
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.unsent import new_draft_id
from desktop_app.gui.about.controller import AboutController
from desktop_app.gui.branches.controller import BranchController
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.chat.code_saver import CodeSaver
from desktop_app.gui.chat_files.controller import ChatFilesController
from desktop_app.gui.chat_map.controller import MapController
from desktop_app.gui.commands.palette_finder import PaletteFinder
from desktop_app.gui.conversation.answer_now import AnswerNow
from desktop_app.gui.conversation.attachments_controller import AttachmentsController
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.conversation.count_controller import CountController
from desktop_app.gui.conversation.find_controller import FindController
from desktop_app.gui.conversation.message_commands import MessageCommands
from desktop_app.gui.conversation.no_model import ask_for_model
from desktop_app.gui.conversation.queue_controller import QueueController
from desktop_app.gui.conversation.sampling import ChatSampling
from desktop_app.gui.conversation.stars_controller import StarsController
from desktop_app.gui.conversation.suggestion_controller import SuggestionController
from desktop_app.gui.conversation.temporary_controller import TemporaryChats
from desktop_app.gui.conversation.title_controller import TitleController
from desktop_app.gui.conversation.ways_back import WaysBack
from desktop_app.gui.data.controller import DataController
from desktop_app.gui.locking.lock_controller import LockController
from desktop_app.gui.models.chosen_model import ChosenModel
from desktop_app.gui.models.controller import ModelsController
from desktop_app.gui.models.files_controller import FilesController
from desktop_app.gui.models.model_choice import ModelChoice
from desktop_app.gui.models.tuning_controller import TuningController
from desktop_app.gui.moving_in.controller import MovingInController
from desktop_app.gui.panel.glass.controller import GlassController
from desktop_app.gui.panel.prompt.controller import PromptController
from desktop_app.gui.panel.sampling.controller import SamplingController
from desktop_app.gui.panel.sampling.next_word_controller import NextWordController
from desktop_app.gui.personas.controller import PersonasController
from desktop_app.gui.receipts.controller import ReceiptController
from desktop_app.gui.settings.controller import SettingsController
from desktop_app.gui.settings.hardware_controller import HardwareController
from desktop_app.gui.settings.network_controller import NetworkController
from desktop_app.gui.settings.servers_controller import ServersController
from desktop_app.gui.sidebar.folder_chats import FolderChats
from desktop_app.gui.sidebar.listed_chats import ListedChats
from desktop_app.gui.sidebar.order_controller import OrderController
from desktop_app.gui.sidebar.search_controller import SearchController
from desktop_app.gui.speech.controller import ReadingController
from desktop_app.gui.spelling.choices import SpellingChoices
from desktop_app.gui.spelling.controller import SpellingController
from desktop_app.gui.templates.controller import TemplatesController
from desktop_app.gui.tour.controller import TourController
from desktop_app.gui.window.events import WindowEvents
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.gui.window.openings_controller import OpeningsController
from desktop_app.gui.window.trouble_controller import TroubleController
from desktop_app.settings.window_state import UnsavedTemplate, WindowState

if TYPE_CHECKING:
    from desktop_app.gui.notebook.controller import NotebookController


class WindowController(QObject):
    """Owns what the window shows apart from the conversation, and hands the rest to ChatController.

    `window_requested` asks for one more window, with a chat, or for a new one where its id is empty.
    """

    window_requested = Signal(str)

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: MainWindow,
        state: WindowState,
        first_look: Conversation | None = None,
    ) -> None:
        """Take over the window; `first_look` is what it shows already of the chat that was open."""
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        window.key_tips.begin()
        self.notebook: NotebookController | None = None
        """What the notebook's page does, made with it."""
        self.model = ChosenModel(app, window, state.model_path or None)
        self._chats = ListedChats(
            window.sidebar,
            open_id=lambda: self.chat.chat.id if self.chat.chat is not None else None,
            changed=self._chat_changed,
            came=lambda chat_ids: self._search.chats_came(chat_ids),
            trash_changed=lambda: self._order.refresh_trash(),
        )
        self._sampling = ChatSampling(
            app,
            bridge,
            window,
            chat_id=lambda: self.chat.current_id,
            is_waited_for=lambda: bool(self.chat.queue),
            model_path=lambda: self.model.path,
            personal=lambda sampling: self._personas.sampling_over(sampling),
            keep_usual=lambda name, value: self._settings.change("sampling", name, value),
        )
        self._make_chat(state, first_look)
        self._make_personas()
        self._make_models()
        self._make_answers(state)
        self._make_pages()
        self._make_lists(state)
        self._make_commands()
        self._events = WindowEvents(
            window, self.chat, self._chats, self.model, self._models_controller, self._trouble, self.openings
        )
        self._connect()

    # What it is made of

    def _make_chat(self, state: WindowState, first_look: Conversation | None) -> None:
        """Make what the conversation and the composer need."""
        app, bridge, window = self._app, self._bridge, self._window
        self._trouble = TroubleController(
            window,
            models=lambda: self.model.models,
            find=self.model.find,
            model_path=lambda: self.model.path,
            choose_model=lambda path: self.choice.choose(path),
            open_defaults=lambda model, at_template: self._models_controller.open_defaults(
                model, at_template=at_template
            ),
            new_chat=lambda draft: self.chat.new_chat(draft),
            chat_id=lambda: self.chat.chat_id,
        )
        self.chat = ChatController(
            app,
            bridge,
            window.chat_view(),
            window.composer,
            model_path=lambda: self.model.path,
            sampling=self._settled,
            chat_start=self._chat_start,
            find_model=self.model.path_now,
            draft_id=state.draft_id if state.has_left_draft or not state.chat_id else new_draft_id(),
            first_look=first_look,
            parent=self,
        )
        self.choice = ModelChoice(
            app,
            bridge,
            window,
            self.model,
            self.chat,
            self._sampling,
            is_first_run=not state.welcomed,
            new_chat=self._new_chat,
        )
        self.choice.known.connect(window.leave_first_run)
        saver = CodeSaver(app.pool, bridge, window, window.notice.show_notice)
        window.chat_view().save_requested.connect(saver.save)
        counting = CountController(app, bridge, window.composer, self.chat, model_path=lambda: self.model.path)
        self._attachments = AttachmentsController(app, bridge, window, self.chat, counting)
        self._queue = QueueController(app, window.composer, self.chat, keep_sampling=self._sampling.end)
        self.chat.queue_changed.connect(self._sampling.hurry)
        self._spelling = SpellingController(app.spelling, app.own_words, app.settings, bridge, window.composer.field)
        self._ways_back = WaysBack(window, self.chat, self._attachments, self.open_chat)

    def _make_personas(self) -> None:
        """Make what gives a chat its system prompt."""
        app, bridge, window = self._app, self._bridge, self._window
        self._personas = PersonasController(
            app,
            bridge,
            window,
            self.chat,
            models=lambda: self.model.models,
            choose_model=self.choice.choose,
            show_sampling=lambda: self._sampling.show(None),
            insert_template=lambda title: self._templates_controller.insert_titled(title),
            show_error=self.show_error,
        )
        self._prompt = PromptController(
            app,
            bridge,
            window,
            self.chat,
            model_path=lambda: self.model.path,
            sampling=lambda: self._sampling.value,
            persona=lambda: self._personas.current,
            folder=lambda: self._folders.prompt,
        )
        self._personas.changed.connect(self._prompt.refresh)
        self.choice.listed.connect(lambda _models: self._personas.refresh())
        self._folders = FolderChats(
            app,
            bridge,
            window,
            self.chat,
            self._personas,
            self.model,
            choose_temporary=lambda temporary: self.temporary.choose(temporary),
        )
        self.choice.listed.connect(lambda _models: self._folders.follow())
        self._title = TitleController(app, window, self.chat, folder=lambda: self._folders.folder)
        self._folders.changed.connect(self._prompt.refresh)
        self._folders.changed.connect(self._title.refresh)

    def _make_models(self) -> None:
        """Make what lists, loads and brings models."""
        app, bridge, window = self._app, self._bridge, self._window
        self._models_controller = ModelsController(
            app, bridge, window, library_changed=lambda: self._files.refresh(), show_error=self.show_error
        )
        self._files = FilesController(
            app,
            bridge,
            window,
            chat_with=lambda model: self.choice.chat_with(model.path),
            models_listed=self.choice.take_listed,
            show_error=self.show_error,
        )

    def _make_answers(self, state: WindowState) -> None:
        """Make what shows how an answer came about, and what else it could have been."""
        app, bridge, window = self._app, self._bridge, self._window
        self._sampling_controller = SamplingController(app, bridge, window, self.chat, state)
        self.receipts = ReceiptController(
            app, bridge, window, self.chat, model_path=lambda: self.model.path, sampling=self._settled
        )
        self.branches = BranchController(
            app,
            bridge,
            window,
            self.chat,
            self.receipts,
            models=lambda: self.model.models,
            model_path=lambda: self.model.path,
            sampling=self._settled,
            open_chat=self.open_chat,
        )
        self.reading = ReadingController(app, bridge, window, self.chat)
        self.branches.reading_requested.connect(self.reading.read)
        self._glass = GlassController(app, bridge, window, self.chat, self.receipts)

    def _make_pages(self) -> None:
        """Make what stands behind the other pages and tabs."""
        app, bridge, window = self._app, self._bridge, self._window
        self.openings = OpeningsController(window, self.chat, self._models_controller, self._files, self._attachments)
        self._network_controller = NetworkController(app, bridge, window.settings_page)
        self._hardware_controller = HardwareController(app, bridge, window.settings_page)
        self._servers_controller = ServersController(app, bridge, window.settings_page)
        self._spelling_choices = SpellingChoices(app, bridge, window.settings_page)
        self._templates_controller = TemplatesController(
            app, bridge, window, self.chat, model_path=lambda: self.model.path
        )
        self._next_word = NextWordController(
            app, bridge, window, self.chat, model_path=lambda: self.model.path, sampling=lambda: self._sampling.value
        )
        self.tour = TourController(app, bridge, window, self.chat, self._personas, model_path=lambda: self.model.path)
        self._map = MapController(
            app,
            bridge,
            window,
            models=lambda: self.model.models,
            model_path=lambda: self.model.path,
            open_chat=self.open_chat,
        )

    def _make_lists(self, state: WindowState) -> None:
        """Make what finds and orders chats."""
        app, bridge, window = self._app, self._bridge, self._window
        self._search = SearchController(app, bridge, window, self.chat, self.notebook_at_hand)
        self._order = OrderController(
            app,
            bridge,
            window,
            self.chat,
            chats=lambda: self._chats.by_id,
            open_chat=self.open_chat,
            new_chat=self._new_chat,
        )
        window.sidebar.set_order(state.chat_sort, state.closed_folders)
        self.find = FindController(window)
        self.chat_files = ChatFilesController(
            app, bridge, window, self.chat, chats=lambda: self._chats.by_id, open_chat=self.open_chat
        )
        self.moving_in = MovingInController(
            app, bridge, window, self.chat, chats=lambda: self._chats.by_id, open_chat=self.open_chat
        )

    def _make_commands(self) -> None:
        """Make what commands and settings do."""
        app, bridge, window = self._app, self._bridge, self._window
        self._tuning = TuningController(
            app,
            bridge,
            window,
            model_path=lambda: self.model.path,
            model_name=self.model.name_of,
        )
        self._about = AboutController(app, bridge, window)
        self._own_data = DataController(app, bridge, window)
        self.lock = LockController(app, bridge, window)
        self._settings = SettingsController(app, bridge, window, self._models_controller, self._files, self.show_error)
        finder = PaletteFinder(
            window,
            models=lambda: self.model.models,
            texts=self._search.texts,
            open_chat=self.open_chat,
            open_text=self._search.open_text,
            choose_model=self.choice.choose,
            begin_in=self._folders.begin,
        )
        window.finder = finder.find
        self._message_commands = MessageCommands(window, self.chat)
        self._stars = StarsController(app, bridge, window, self.chat)
        self._answer_now = AnswerNow(app, window, self.chat)
        self.suggestion = SuggestionController(
            app, bridge, window, self.chat, model_path=lambda: self.model.path, show_error=self.show_error
        )
        self.temporary = TemporaryChats(app, bridge, window, self.chat, changed=self._temporary_changed)

    # Start and end

    def begin(self, state: WindowState) -> None:
        """Ask the services for everything that the window shows; the database may still be opening."""
        self._window.composer.field.cover_ground()
        self._sampling.begin()
        self._bridge.when_done(self._app.chats.list_chats(), self._chats_listed)
        self.choice.begin()
        self._files.refresh()
        if self._window.is_foremost:  # once, not for each further window
            self._search.begin()
        self._order.begin()
        if self._app.settings.problems:
            self._trouble.tell(self._app.settings.problems[0])
        if state.chat_id:
            self.chat.open_first(state.chat_id, has_left_draft=state.has_left_draft)
        elif self.choice.is_first_run:
            self._window.show_page("first_run")
        if not state.chat_id:
            self._attachments.begin(state.draft)
            self._folders.begin_again(state.begins_in)
        self.offer_template(state.template)

    @property
    def listed_chats(self) -> Mapping[str, Chat]:
        """All chats of the list, by their ids."""
        return self._chats.by_id

    def take_over(self, former: WindowController) -> None:
        """Have the chat to come begin as in a window that was made anew: with what was chosen and typed for it."""
        self.chat.begin_with(former.chat.opening)
        self._personas.take_over(former._personas)
        self._folders.take_over(former._folders)
        self._prompt.take_over(former._prompt)
        self._sampling.take_over(former._sampling)
        self.temporary.take_over(former.temporary)
        if former.notebook is not None and former.notebook.text_id:
            self.notebook_at_hand().open(former.notebook.text_id)

    def notebook_at_hand(self) -> NotebookController:
        """Return what the notebook's page does, which is made with it."""
        assert self._window.notebook_page is not None  # the first look at it makes it
        assert self.notebook is not None
        return self.notebook

    def catch_up(self) -> None:
        """Show what the services told before this window was there."""
        for event in self._app.engines.states():
            self._bridge.happened.emit(event)
        self._models_controller.begin()

    def state(self, state: WindowState) -> WindowState:
        """Return `state` with what the next start is to bring back."""
        chat_id, drafts, is_temporary = self.chat.chat_id, self.chat.drafts, self.chat.is_temporary
        return msgspec.structs.replace(
            state,
            chat_id="" if is_temporary else chat_id or "",
            draft="" if chat_id is not None or is_temporary else self._window.composer.text(),
            draft_id=drafts.draft_id if chat_id is None or drafts.has_left else "",
            has_left_draft=drafts.has_left,
            model_path=self.model.path or "",
            welcomed=not self.choice.is_first_run,
            sampling_sections=self._window.panel.sampling_tab.open_sections,
            closed_folders=self._window.sidebar.closed_folders,
            chat_sort=self._window.sidebar.bar.sort.value,
            begins_in=self._folders.begins_in or "" if chat_id is None else "",
            template=self.unsaved_template,
        )

    @property
    def unsaved_template(self) -> UnsavedTemplate | None:
        """What is written of a prompt template and not saved."""
        return self._templates_controller.unsaved

    def offer_template(self, unsaved: UnsavedTemplate | None) -> None:
        """Let somebody go on with what was written in a window that is gone."""
        if unsaved is not None:
            self._templates_controller.offer(unsaved, lasts=True)

    def keep(self) -> None:
        """Have stored what is typed and waits for a timer; the window goes on."""
        self._window.settle()
        self._settled()
        self.chat.drafts.save()
        if self.notebook is not None:
            self.notebook.save()

    def end(self) -> None:
        """Keep what a timer still holds back, or a field that nobody has left yet."""
        self._window.settle()
        self._settled()
        self.chat.drafts.end()
        self._sampling.end()
        self._sampling_controller.end()
        self.temporary.end()
        self.reading.end()
        if self.notebook is not None:
            self.notebook.end()

    def _connect(self) -> None:
        window, bridge = self._window, self._bridge
        bridge.happened.connect(self._events.pass_on)
        bridge.grew.connect(self.chat.progress.grow)
        bridge.failed.connect(self.show_error)
        sidebar = window.sidebar
        sidebar.new_chat_requested.connect(self._new_chat)
        sidebar.chat_chosen.connect(self.open_chat)
        sidebar.rename_requested.connect(lambda chat_id, title: self._app.chats.rename(chat_id, title))
        sidebar.map_requested.connect(self._map.show_chat)
        sidebar.page_requested.connect(window.show_page)
        sidebar.window_requested.connect(self.window_requested)
        window.commands.new_window.triggered.connect(lambda: self.window_requested.emit(""))
        window.commands.open_in_window.triggered.connect(lambda: self.window_requested.emit(self.chat.chat_id or ""))
        top = window.top_bar
        top.unload_requested.connect(lambda: self._models_controller.unload(self.model.path or ""))
        window.page_made.connect(self._page_made)
        for store in (self._app.settings, self._app.model_defaults, self._app.presets):
            bridge.follow(store.troubled, self._trouble.tell)
        self.chat.chat_opened.connect(self._chat_opened)
        self.chat.context_changed.connect(self.model.context.show)
        self.chat.asking.returned.connect(self.show_error)
        self.chat.asking.returned_elsewhere.connect(self._trouble.tell)
        self.chat.asking.overflowed.connect(self._trouble.offer_room)
        self.chat.asking.model_missed.connect(lambda: ask_for_model(window))

    def _page_made(self, name: str) -> None:
        if name == "first_run":
            from desktop_app.gui.first_run.controller import FirstRunController  # few starts need it

            first = FirstRunController(self._window.first_run, self._models_controller, self.choice.chat_with)
            self.choice.listed.connect(first.show_models)
        elif name == "notebook":
            from desktop_app.gui.notebook.controller import NotebookController

            self.notebook = notebook = NotebookController(
                self._app,
                self._bridge,
                self._window,
                models=lambda: self.model.models,
                model_path=lambda: self.model.path,
                new_chat=self.chat.new_chat,
                show_error=self._trouble.show_error,
            )
            self.choice.listed.connect(lambda _models: notebook.show_models())
            self.model.used.connect(notebook.show_models)

    # Chats

    def _chats_listed(self, chats: Sequence[Chat]) -> None:
        self._chats.show(chats)
        if self.choice.is_first_run and self._chats.by_id:
            self.choice.expect_chats()

    def _new_chat(self) -> None:
        """Show an empty conversation, or what was typed for it before another chat was opened."""
        self._window.show_page("chat")
        if self.chat.drafts.comes_back and self.chat.chat_id is None:
            self._window.composer.focus()
            return  # what was left is about to be seen: once more is no wish to be rid of it
        self.chat.new_chat(goes_on=True)
        self.temporary.choose(False)

    def open_chat(self, chat_id: str) -> None:
        """Show a chat in the window."""
        self._window.show_page("chat")
        self.chat.open_chat(chat_id)

    def _chat_opened(self, chat: Chat | None) -> None:
        if chat is not None and chat.is_in_trash:  # it was moved there while it was read
            self._order.leave_deleted(chat)
            return
        self._window.sidebar.set_current(chat.id if chat is not None else None)
        self._window.notice.show_chat(chat.id if chat is not None else "")
        self._title.show(chat)
        if chat is not None:
            self.choice.use_that_of(chat)
        self._sampling.show(chat)

    def _settled(self) -> Sampling:
        """Return what is sampled with now, once what is typed on the panel and was not left yet is kept."""
        self._prompt.settle()
        return self._sampling.settled()

    def _chat_start(self) -> ChatStart:
        self._prompt.settle()
        return ChatStart(
            self._prompt.first_prompt,
            self._personas.chosen_key,
            self.chat.which.begins_temporary,
            self._folders.begins_in,
        )

    def _temporary_changed(self) -> None:
        self._personas.show_hint()
        self._title.refresh()

    def _chat_changed(self, before: Chat, chat: Chat) -> None:
        """Take over what became of a chat; of the open one also the values and the model that another window gave it."""
        self.chat.chat_changed(chat)
        self._map.chat_changed(chat)
        current = self.chat.chat
        if current is None or current.id != chat.id:
            return
        if chat.deleted_at is not None and before.deleted_at is None:
            self._order.leave_deleted(chat)
            return
        self._title.show(chat)
        self._sampling.follow(before, chat)
        self._prompt.follow(before, chat)
        self.choice.follow(before, chat)

    def show_error(self, error: ErrorInfo) -> None:
        """Say what went wrong and what to do next, without taking the window away."""
        self._trouble.show_error(error)
