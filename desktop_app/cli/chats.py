"""`inglenook chats`: lists, exports, imports and backs up chats."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from desktop_app.cli.passphrase import asked_key
from desktop_app.cli.terminal_text import as_path, as_text, visible
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.app import App
    from desktop_app.services.background.jobs import Job, Jobs
    from desktop_app.support.interrupts import Interrupts

Result = TypeVar("Result")


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command and what it can do."""
    parser = commands.add_parser("chats", help=_("list, export, import and back up chats"))
    parser.set_defaults(run=_list, json=False)
    actions = parser.add_subparsers(title=_("actions"), metavar="ACTION")

    def action(name: str, run: object, words: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=words, description=words)
        made.set_defaults(run=run, parser=made)
        return made

    listing = action("list", _list, _("list the chats with their ids"))
    listing.add_argument("--json", action="store_true", help=_("print JSON"))
    export = action("export", _export, _("write chats to one file, or each to a file of its own in a new folder"))
    export.add_argument("target", type=as_path, help=_("the file, or the folder that is made for several chats"))
    export.add_argument(
        "--chat",
        action="append",
        type=as_text,
        metavar="ID",
        help=_("only this chat, as `list` shows it; can be repeated"),
    )
    formats = ["markdown", "html", "pdf", "json"]
    export.add_argument("--format", choices=formats, default="json", help=_("json (default) can be imported again"))
    export.add_argument("--all-branches", action="store_true", help=_("not only the branch that was looked at last"))
    export.add_argument(
        "--no-thoughts", action="store_true", help=_("leave out what models thought before they answered")
    )
    export.add_argument("--no-traces", action="store_true", help=_("leave out how each word was chosen"))
    bring = action("import", _import, _("import chats from other apps, or chats that were exported as JSON"))
    bring.add_argument(
        "file",
        nargs="+",
        type=as_path,
        help=_(
            "an export of ChatGPT, Claude, Open WebUI, LM Studio, Jan, GPT4All, llama.cpp, text-generation-webui or "
            "Inglenook: a file or a folder; what is there already stays as it is"
        ),
    )
    bring.add_argument("--dry-run", action="store_true", help=_("show what would be imported, and change nothing"))
    bring.add_argument(
        "--folder", type=as_text, metavar="NAME", default="", help=_("put the new chats into this folder of the list")
    )
    action("backup", _back_up, _("back up all chats, into the folder of the backups"))
    action("schema", _schema, _("print the JSON Schema of exported chats"))


def _list(arguments: argparse.Namespace) -> int:
    import msgspec

    from desktop_app.services.chat_files.exports import ChatExports
    from desktop_app.services.chat_files.outline import chat_title, moment
    from desktop_app.support.paths import Paths

    paths = Paths.for_user()
    key = asked_key(paths, arguments.interrupts)
    with _jobs() as jobs:
        found = ChatExports(paths.database, jobs, key=lambda: key).chats().result()
    if arguments.json:
        print(msgspec.json.encode(found).decode())
        return 0
    for kept in found:
        print(f"{kept.chat.id}\t{moment(kept.chat.updated_at)}\t{kept.messages}\t{visible(chat_title(kept.chat))}")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from desktop_app.domain.exports import Export, ExportFormat, ExportOptions
    from desktop_app.gui.export import process
    from desktop_app.services.chat_files.exports import ChatExports
    from desktop_app.support.paths import Paths

    wanted = Export(
        format=ExportFormat(arguments.format),
        target=str(Path(arguments.target).expanduser().absolute()),
        chat_ids=tuple(dict.fromkeys(arguments.chat)) if arguments.chat else None,
        options=ExportOptions(
            all_branches=arguments.all_branches, thoughts=not arguments.no_thoughts, traces=not arguments.no_traces
        ),
    )
    if wanted.is_folder and Path(wanted.target).exists():
        arguments.parser.error(_("“{path}” already exists").format(path=arguments.target))
    paths = Paths.for_user()
    interrupts: Interrupts = arguments.interrupts
    key = asked_key(paths, interrupts)
    with interrupts.held(), _jobs() as jobs:
        exports = ChatExports(paths.database, jobs, key=lambda: key, own_folders=paths.folders())
        _wait(exports.export(wanted, process.run), interrupts)
    print(wanted.target)
    return 0


def _back_up(arguments: argparse.Namespace) -> int:
    from desktop_app.services.chat_files.backups import make_backup
    from desktop_app.support.paths import Paths

    paths = Paths.for_user()
    interrupts: Interrupts = arguments.interrupts
    key = asked_key(paths, interrupts)
    with interrupts.held(), _jobs() as jobs:
        print(_wait(jobs.begin(lambda job: make_backup(paths.database, job, key)), interrupts).path)
    return 0


def _import(arguments: argparse.Namespace) -> int:
    from desktop_app.app import App
    from desktop_app.services.data_folder.desk import WindowlessDesk
    from desktop_app.services.data_folder.locked_history import is_locked
    from desktop_app.services.data_folder.owner import Ownership
    from desktop_app.services.data_folder.owner_client import join
    from desktop_app.settings.store import SettingsStore
    from desktop_app.support.paths import Paths

    paths = Paths.for_user()
    place = join(paths)
    if not isinstance(place, Ownership):
        place.close()
        words = _("Inglenook is running. Import the file in its window, or close it first.")
        print(f"inglenook: {words}", file=sys.stderr)
        return 1
    interrupts: Interrupts = arguments.interrupts
    try:
        key = asked_key(paths, interrupts)
        with interrupts.held():
            app = App(paths, SettingsStore(paths.settings_file), locked=is_locked(paths))
            try:
                interrupts.result_of(app.start(key))
                place.serve(WindowlessDesk(app.questions, app.downloads, app.events, app.start))
                _bring(app, arguments)
            finally:
                place.stop_serving()
                app.stop()
    finally:
        place.close()
    return 0


def _bring(app: "App", arguments: argparse.Namespace) -> None:
    """Take in one file after the other, or say what would come; Ctrl-C leaves whole what has come."""
    from pathlib import Path

    from desktop_app.domain.errors import error_from_info
    from desktop_app.services.chat_files.import_words import imported_words, preview_words

    for file in arguments.file:
        path = str(Path(file).expanduser().absolute())
        if arguments.dry_run:
            print(preview_words(_wait(app.imports.look(path), arguments.interrupts)))
            continue
        outcome = _wait(app.imports.bring(path, folder=arguments.folder), arguments.interrupts)
        print(imported_words(outcome))
        if outcome.error is not None:
            raise error_from_info(outcome.error)
        if outcome.stopped:
            raise KeyboardInterrupt


def _schema(_arguments: argparse.Namespace) -> int:
    import msgspec

    from desktop_app.domain.chat_file import json_schema

    print(msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode())
    return 0


def _wait(job: "Job[Result]", interrupts: "Interrupts") -> Result:
    """Wait for the end; Ctrl-C gives up, leaves nothing unfinished, and returns what came of it until then, if any."""
    from concurrent.futures import CancelledError

    try:
        return interrupts.result_of(job.future)
    except KeyboardInterrupt:
        job.cancel()
        try:
            return interrupts.last_result_of(job.future)
        except CancelledError:
            raise KeyboardInterrupt from None


@contextmanager
def _jobs() -> "Iterator[Jobs]":
    """Yield what reads and writes files, beside a window too: nothing here writes to the database."""
    from concurrent.futures import ThreadPoolExecutor

    from desktop_app.services.background.jobs import Jobs

    with ThreadPoolExecutor(1, thread_name_prefix="io") as pool:
        yield Jobs(pool)
