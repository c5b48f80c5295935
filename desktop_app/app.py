"""The composition root, without Qt: builds the services, connects them, starts and stops them."""

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.downloads import Download
from desktop_app.domain.locking import HistoryKey
from desktop_app.domain.offers import FoundChats
from desktop_app.domain.servers import usable
from desktop_app.engine import worker as engine_worker
from desktop_app.protocol.hub import Connect
from desktop_app.services.about import About
from desktop_app.services.background.jobs import Jobs
from desktop_app.services.chat_files.backups import Backups
from desktop_app.services.chat_files.exports import ChatExports
from desktop_app.services.chat_files.foreign_reading import ForeignReader
from desktop_app.services.chat_files.imports import ChatImports
from desktop_app.services.chat_files.incoming import Incoming
from desktop_app.services.chat_files.sources import ChatSources
from desktop_app.services.chats.branches import Branches
from desktop_app.services.chats.chat_map import ChatMaps
from desktop_app.services.chats.chats import Chats
from desktop_app.services.chats.lost import Lost, Typed
from desktop_app.services.chats.ordering import Ordering
from desktop_app.services.chats.search import Search
from desktop_app.services.chats.suggestions import Suggestions
from desktop_app.services.chats.unsent import UnsentQuestions
from desktop_app.services.data_folder.desk import Desk
from desktop_app.services.data_folder.key_memory import KeyMemory
from desktop_app.services.data_folder.own_data import OwnData
from desktop_app.services.data_folder.questions import Questions
from desktop_app.services.engines.engines import Engines
from desktop_app.services.engines.template_checks import TemplateChecks, TemplateMemory
from desktop_app.services.events import ServersChanged, ServiceEvent
from desktop_app.services.hardware.builds import EngineBuilds
from desktop_app.services.hardware.engine_memory import EngineMemory
from desktop_app.services.hardware.known_servers import KnownServers
from desktop_app.services.hardware.parts import EngineParts
from desktop_app.services.hardware.probing import Probing
from desktop_app.services.hardware.servers import ServerChecks, ServerUse
from desktop_app.services.hardware.tuning import Tuning
from desktop_app.services.insight.again import Again
from desktop_app.services.insight.glass import Glass
from desktop_app.services.insight.next_word import NextWords
from desktop_app.services.insight.prompt_view import PromptView
from desktop_app.services.insight.tour import Tour
from desktop_app.services.models.fitting import Fitting
from desktop_app.services.models.importing import Importing
from desktop_app.services.models.library import Library, own_template
from desktop_app.services.models.moving import Moving
from desktop_app.services.models.transfers import Transfers
from desktop_app.services.network.downloads import Downloads, target_of
from desktop_app.services.network.hub import HubLink
from desktop_app.services.network.ledger import Ledger
from desktop_app.services.network.token import Token
from desktop_app.services.network.updates import Updates
from desktop_app.services.requests.templates import Templates
from desktop_app.services.writing.attachments import Attachments
from desktop_app.services.writing.own_words import OwnWords
from desktop_app.services.writing.personas import Personas
from desktop_app.services.writing.prompt_library import PromptLibrary
from desktop_app.services.writing.speech import Speech
from desktop_app.services.writing.spelling import Spelling
from desktop_app.settings.model_defaults import ModelDefaultsStore
from desktop_app.settings.presets import PresetStore
from desktop_app.settings.schema import Language, Settings
from desktop_app.settings.store import SettingsStore
from desktop_app.settings.tour import TourStore
from desktop_app.sources.app_chats import find_chats
from desktop_app.sources.apps import FoundModel, find_models
from desktop_app.storage.database import Database
from desktop_app.support.awake import Awake, Wakefulness, keeper
from desktop_app.support.i18n import _
from desktop_app.support.paths import Paths, resources
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from desktop_app.domain.notebook import NotebookText
    from desktop_app.services.notebook import Notebook

POOL_THREADS = 4


@dataclass(frozen=True)
class Unkept:
    """What a person wrote and could not be stored: texts of the notebook, and what is typed in chats."""

    texts: "Sequence[NotebookText]"
    typed: Typed

    def __bool__(self) -> bool:
        return bool(self.texts or self.typed)


class App:
    """Everything that a window or a command needs, with one start and one stop.

    Building it starts no thread and touches no file; `start` opens the database. Without `start`
    the engines and the library work, and nothing is stored.
    """

    def __init__(
        self,
        paths: Paths,
        settings: SettingsStore,
        worker: Callable[..., None] = engine_worker.run,
        *,
        locked: bool = False,
    ) -> None:
        """`locked` says that the chats need a key: until `start` nothing of them can be had, and what is read of them
        is never kept on the disk."""
        self.paths = paths
        self.settings = settings
        self.events: Publisher[ServiceEvent] = Publisher()
        self.pool = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="io")
        self.database = Database(paths.database, locked=locked)
        self._make_kept()
        self._make_engines(worker, keeps_read=not locked)
        self._make_chats()
        self._make_insights()
        self._make_models()
        self._connect()
        self.desk = Desk(self.questions, self.downloads, self.events)
        self._network = settings.value.network
        self._allowed_servers = _allowed_servers(settings.value)
        self._servers_always = settings.value.servers.for_every_model
        self._unsubscribe = settings.changed.subscribe(self._settings_changed)
        self._opened: Future[None] | None = None
        self._stopped = False

    # What it is made of

    def _make_kept(self) -> None:
        """Make what keeps a person's own things in files of their own."""
        paths = self.paths
        self.model_defaults = ModelDefaultsStore(paths.model_defaults_file, self.pool.submit)
        self.presets = PresetStore(paths.presets_file, self.pool.submit)
        self.prompts = PromptLibrary(
            folder=paths.templates,
            built_in=resources() / "templates",
            marks_file=paths.template_marks_file,
            pool=self.pool,
        )
        self.personas = Personas(folder=paths.personas, built_in=resources() / "personas", pool=self.pool)
        self.tour_progress = TourStore(paths.tour_file, self.pool.submit)
        self.token = Token(self.pool)

    def _make_engines(self, worker: Callable[..., None], *, keeps_read: bool) -> None:
        """Make what runs models; `keeps_read` says whether what they read may be kept on the disk."""
        paths, settings = self.paths, self.settings
        self.templates = Templates(self.pool)
        self.engine_parts = EngineParts(paths.parts_file)
        self.engine_builds = EngineBuilds(paths.engines, self.engine_parts.look)
        self.ledger = Ledger(paths.ledger_file, self.pool)
        server_use = ServerUse(lambda: settings.value.servers, lambda: settings.value.network.offline, self.ledger.note)
        self.known_servers = KnownServers(file=paths.servers_file, use=server_use, pool=self.pool, events=self.events)
        self.server_checks = ServerChecks(server_use, self.pool, self.known_servers.note)
        self._awake = Wakefulness(Awake(keeper(_("Writing an answer")), _("Writing an answer")), self.pool)
        self._awake_to_download = Wakefulness(
            Awake(keeper(_("Downloading a model")), _("Downloading a model")), self.pool
        )
        self.engines = Engines(
            settings=lambda: settings.value.engine,
            defaults=self.model_defaults.of,
            memory=EngineMemory(paths.engine_file),
            templates=self.templates,
            events=self.events,
            pool=self.pool,
            engine_folder=self.engine_builds.in_use,
            parts=self.engine_parts.of,
            tuned=lambda path: self.tuning.preferences(path),
            snapshot_folder=str(paths.snapshots) if keeps_read else "",
            target=worker,
            known_hash=lambda path: self.library.known_hash(path),
            servers=server_use,
            machine=lambda: self.fitting.machine(),
            on_answering=self._awake.wish,
        )
        self.library = Library(
            paths,
            lambda: settings.value.folders.models,
            self.pool,
            self.events,
            self._models_of_other_apps,
            self.model_defaults.follow,
            self.engines.release,
        )
        self.template_checks = TemplateChecks(
            engines=self.engines,
            templates=self.templates,
            override=lambda path: self.model_defaults.of(path).chat_template,
            own_template=own_template,
            memory=TemplateMemory(paths.template_checks_file),
            events=self.events,
            pool=self.pool,
        )

    def _make_chats(self) -> None:
        """Make what asks and answers in chats, and what orders, finds, brings in and gives them out."""
        paths, settings = self.paths, self.settings
        self.lost = Lost()
        self.chats = Chats(
            database=self.database,
            engines=self.engines,
            events=self.events,
            pool=self.pool,
            automatic_titles=lambda: settings.value.history.automatic_titles,
            model_titles=lambda: settings.value.history.model_titles,
            when_full=lambda: settings.value.engine.when_full,
            lost=self.lost,
        )
        self.jobs = Jobs(self.pool)
        incoming = Incoming(self.database, self.events)
        self.exports = ChatExports(
            paths.database,
            self.jobs,
            key=lambda: self.database.key,
            settle=self._settle,
            language=self._language,
            own_folders=paths.folders(),
        )
        self.imports = ChatImports(
            database=self.database,
            incoming=incoming,
            sources=ChatSources(ForeignReader()),
            jobs=self.jobs,
            events=self.events,
            find=self._chats_of_other_apps,
        )
        self.backups = Backups(paths.database, incoming, self.jobs, self._settle, lambda: self.database.key)
        self.attachments = Attachments(self.pool)
        self.own_words = OwnWords(self.database, settings)
        self.spelling = Spelling(self.pool, settings.value, own=lambda: self.own_words.words)
        self.unsent = UnsentQuestions(
            database=self.database,
            chats=self.chats,
            events=self.events,
            find_model=self.library.records.present_path,
            lost=self.lost,
        )
        self.ordering = Ordering(
            database=self.database,
            chats=self.chats,
            engines=self.engines,
            events=self.events,
            pool=self.pool,
            trash_days=lambda: settings.value.history.trash_days,
        )
        self.again = Again(database=self.database, chats=self.chats, engines=self.engines, events=self.events)
        self.branches = Branches(
            database=self.database,
            chats=self.chats,
            incoming=incoming,
            jobs=self.jobs,
            events=self.events,
            forget_kept=self.engines.forget_kept,
        )
        self.suggestions = Suggestions(self.chats, self.engines)
        self.search = Search(self.database, self.engines, self.pool)
        self.own_data = OwnData(
            paths=paths,
            models_folder=lambda: self.library.folder,
            database=self.database,
            jobs=self.jobs,
            forget_secrets=self._forget_secrets,
        )

    def _make_insights(self) -> None:
        """Make what shows how answers come about, and reads them aloud."""
        settings = self.settings
        self.glass = Glass(self.database, self.engines)
        self.chat_maps = ChatMaps(self.database, self.engines, self.pool)
        self.prompt_view = PromptView(
            engines=self.engines,
            chats=self.chats,
            templates=self.templates,
            defaults=self.model_defaults.of,
            own_template=own_template,
            when_full=lambda: settings.value.engine.when_full,
            pool=self.pool,
        )
        self.questions = Questions(self.engines, self.chats, self.events)
        self.next_words = NextWords(self.engines, self.pool)
        self.tour = Tour(self.engines, self.next_words, self.prompt_view)
        self.speech = Speech(self.pool, self.events)

    def _make_models(self) -> None:
        """Make what brings models and releases here, and finds out what this computer can do with them."""
        paths, settings = self.paths, self.settings
        self.hub = HubLink(self.pool, self._connection, self.ledger.note)
        self.downloads = Downloads(
            file=paths.downloads_file,
            link=self.hub,
            folder=lambda: self.library.folder,
            most=lambda: settings.value.network.downloads_at_once,
            events=self.events,
            pool=self.pool,
            on_done=self._arrived,
            on_active=self._awake_to_download.wish,
            on_held=self._let_go_soon,
        )
        self.transfers = Transfers(self.pool, self.events)
        self.moving = Moving(self.library, self.engines, self.transfers, self.downloads.list, self.pool, self.events)
        self.importing = Importing(self.library, self.moving, self.transfers, self.pool, self.events)
        self.probing = Probing(
            pool=self.pool,
            file=paths.hardware_file,
            engine_folder=self.engine_builds.in_use,
            parts=self.engine_parts,
        )
        self.fitting = Fitting(
            self.hub, self.pool, paths.speed_file, self.probing.remembered, self.known_servers.added_to
        )
        self.tuning = Tuning(
            file=paths.tuning_file,
            pool=self.pool,
            engine_folder=self.engine_builds.in_use,
            parts=self.engine_parts.of,
            release=self.engines.release,
            on_measured=self.fitting.measured,
        )
        self.about = About(self.pool)
        self.updates = Updates(
            link=self.hub,
            source_file=resources() / "updates.json",
            memory_file=paths.updates_file,
            folder=paths.updates,
            agreed=lambda: settings.value.updates.look,
            events=self.events,
            pool=self.pool,
        )

    def _connect(self) -> None:
        """Let services hear of each other."""
        self.events.subscribe(self.fitting.hear)
        self.events.subscribe(self.known_servers.hear)
        self.events.subscribe(self.library.hear)
        self.events.subscribe(self.template_checks.hear)
        self.events.subscribe(self.unsent.hear)
        self.events.subscribe(self.downloads.hear)
        self.events.subscribe(self.ordering.hear)

    @cached_property
    def notebook(self) -> "Notebook":
        """The texts that models go on with, made when somebody opens their page."""
        from desktop_app.services.notebook import Notebook

        return Notebook(self.database, self.engines)

    # What could not be stored

    @property
    def unkept(self) -> Unkept:
        """What a person wrote and could not be stored: it is gone with these services, unless others take it over."""
        return Unkept(texts=tuple(self._unkept_texts), typed=self.lost.typed)

    @property
    def has_unkept(self) -> bool:
        """Whether there is any of that."""
        return bool(self._unkept_texts or self.lost)

    def take_over(self, unkept: Unkept) -> None:
        """Know of what could not be stored before; to be called before `start`."""
        if unkept.texts:
            self.notebook.take_over(unkept.texts)
        self.lost.take_over(unkept.typed)

    def keep_again(self) -> "Future[None]":
        """Try once more to store it; ends once that, and all that was asked for before, is stored or is not.

        Fails with StorageError where the database takes nothing at all.
        """
        if self._unkept_texts:
            self.notebook.keep_again()
        self.chats.keep_again()
        self.unsent.keep_again()
        return self.database.write(lambda _connection: None)

    @property
    def _unkept_texts(self) -> "Sequence[NotebookText]":
        return self.notebook.unkept if "notebook" in vars(self) else ()

    # Start and end

    def start(self, key: HistoryKey | None = None) -> "Future[None]":
        """Open the database in its own thread, once; the future fails with StorageError. `key` is for locked chats."""
        if self._opened is None:
            self._opened = self.database.open(key)
        return self._opened

    def stop(self) -> None:
        """Keep what streams, end every process and thread, once; takes a few seconds at most."""
        if self._stopped:
            return
        self._stopped = True
        self._unsubscribe()
        self.engine_parts.close()  # whoever waits for an engine that hangs goes on
        self.template_checks.close()
        self.jobs.close()
        self.chat_maps.close()
        self.search.close()
        self.ordering.close()
        self.tuning.close()
        self.probing.close()
        self.server_checks.close()
        self.transfers.close()
        self.library.close()
        self.attachments.close()
        self.spelling.close()
        self.speech.close()
        self.chats.close()
        if self.has_unkept:
            self.keep_again()
        self.ordering.remove_temporary()
        self.downloads.close()
        self.hub.close()
        self.downloads.clean_up()
        self.engines.close()
        self._awake.close()
        self._awake_to_download.close()
        self.templates.close()
        if self._opened is not None:
            self.database.close()
        self.pool.shutdown(wait=True)

    def _arrived(self, download: Download, hashes: Sequence[str]) -> None:
        """Take in a model that was downloaded; raises StorageError."""
        try:
            self.library.arrived(download, hashes)
        finally:
            self._let_go_soon(str(target_of(download, download.variant.files[0])))

    def _let_go_soon(self, model_path: str) -> None:
        """End the worker that has an older version of a model open, when it has answered: the next question wants the new one."""
        with contextlib.suppress(RuntimeError):  # the services are closing
            self.pool.submit(self._let_go, model_path)

    def _let_go(self, model_path: str) -> None:
        if not self.engines.release(model_path):
            self.engines.when_free(lambda: self._let_go_soon(model_path))

    def _models_of_other_apps(self) -> Sequence[FoundModel]:
        if not self.settings.value.folders.other_apps:
            return ()
        return find_models(Path.home(), os.environ, sys.platform)

    def _chats_of_other_apps(self) -> Sequence[FoundChats]:
        if not self.settings.value.folders.other_apps:
            return ()
        return find_chats(Path.home(), os.environ, sys.platform)

    def _language(self) -> str:
        chosen = self.settings.value.language.language
        return "" if chosen is Language.SYSTEM else chosen.value

    def _forget_secrets(self) -> bool:
        """Let the system's keyring keep nothing of ours; False where it does not let go of something."""
        forgotten = KeyMemory(self.paths.database).forget()
        return self.token.forget() and forgotten

    def _settle(self) -> None:
        """Wait until everything that was asked to be stored so far is; raises StorageError."""
        self.database.read(lambda _connection: None).result()

    def _connection(self) -> Connect:
        network = self.settings.value.network
        return Connect(
            offline=network.offline,
            endpoint=network.mirror,
            token=self.token.value(),
            bytes_per_second=network.speed_limit * 1_000_000,
        )

    def _settings_changed(self, settings: Settings) -> None:
        self.spelling.follow(settings)
        if settings.network != self._network:
            self._network = settings.network
            self.hub.reconnect()
            self.downloads.reconnected()
        allowed = _allowed_servers(settings)
        always = settings.servers.for_every_model
        if (allowed, always) != (self._allowed_servers, self._servers_always):
            self._allowed_servers, self._servers_always = allowed, always
            self.engines.leave_servers(allowed)
            self.events.publish(ServersChanged())


def _allowed_servers(settings: Settings) -> tuple[str, ...]:
    """Return the addresses of other computers that may be connected to."""
    return () if settings.network.offline else usable(settings.servers.addresses)
