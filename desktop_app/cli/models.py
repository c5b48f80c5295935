"""`inglenook models`: lists, finds, fetches, takes in, checks and removes models."""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from desktop_app.cli import standard_input
from desktop_app.cli.confirming import confirmed
from desktop_app.cli.numbers import bounded
from desktop_app.cli.terminal_text import as_path, as_text, visible
from desktop_app.support.formats import date_and_time, decimal, duration, number
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.app import App
    from desktop_app.domain.downloads import Download
    from desktop_app.domain.hub import HubRepository, Reference, Variant
    from desktop_app.domain.models import ModelFile
    from desktop_app.services.data_folder.owner import Ownership
    from desktop_app.support.interrupts import Interrupts

MOST_SHOWN = 1000
"""How many found models are shown at most: the hub is asked again for every few of them."""
_TRIES = 3
"""How often a download is asked for where the one who has it ends meanwhile."""
BAR_WIDTH = 30
BAR_SECONDS = 0.2


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command and what it can do."""
    parser = commands.add_parser("models", help=_("list, find, download, add, check and remove models"))
    parser.add_argument("--json", action="store_true", help=_("print JSON"))
    parser.set_defaults(run=_list)
    actions = parser.add_subparsers(title=_("actions"), metavar="ACTION")

    def action(name: str, run: object, words: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=words, description=words)
        made.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=_("print JSON"))
        made.set_defaults(run=run, parser=made)
        return made

    action("list", _list, _("list the models on this computer"))
    search = action("search", _search, _("search the hub for models"))
    search.add_argument("text", nargs="*", type=as_text, help=_("words to search for"))
    search.add_argument("--sort", choices=["trending", "downloads", "likes", "updated"], default="trending")
    search.add_argument(
        "--licence", type=as_text, default="", metavar="ID", help=_("only this licence, such as apache-2.0")
    )
    search.add_argument(
        "--limit", type=bounded(int, 1, MOST_SHOWN), default=20, metavar="N", help=_("how many to show (20)")
    )
    get = action("get", _get, _("download a model"))
    get.add_argument("name", help=_("owner/name, owner/name:Q4_K_M, or a link to a file on the hub"))
    add = action("add", _add, _("add model files of your own"))
    add.add_argument("file", nargs="+", type=as_path, help=_("a GGUF file; of a split model, any of its parts"))
    places = add.add_mutually_exclusive_group()
    for place, words in (
        ("in_place", _("use it where it is (default)")),
        ("copy", _("copy it into the models folder")),
        ("move", _("move it into the models folder")),
    ):
        option = f"--{place.replace('_', '-')}"
        places.add_argument(option, dest="placing", action="store_const", const=place, default="in_place", help=words)
    info = action("info", _info, _("show a model of the hub or of this computer"))
    info.add_argument("name", type=as_path, help=_("owner/name, a link, or a model file"))
    verify = action("verify", _verify, _("check that model files are complete"))
    verify.add_argument(
        "path", nargs="*", type=as_path, help=_("model files; all that were downloaded if none is given")
    )
    token = action("token", _token, _("enter the hub's access token, which the system's keyring keeps"))
    token.add_argument("--forget", action="store_true", help=_("forget it instead"))
    remove = action("remove", _remove, _("delete a model file from this computer"))
    remove.add_argument("path", type=as_path, help=_("a model file, as `list` shows it"))
    remove.add_argument("--yes", action="store_true", help=_("do not ask"))


def _list(arguments: argparse.Namespace) -> int:
    interrupts: Interrupts = arguments.interrupts
    with _services(interrupts) as app:
        models = interrupts.result_of(app.library.models())
        unreachable = interrupts.result_of(app.moving.folder_state()).unreachable
    if unreachable:
        words = _("The models folder {path} cannot be reached. Connect its disk, or choose another folder.")
        print(f"inglenook: {words.format(path=unreachable)}", file=sys.stderr)
    if arguments.json:
        _print_json(models)
        return 0
    for model in models:
        print(_line(model))
    return 0


def _search(arguments: argparse.Namespace) -> int:
    from desktop_app.domain.hub import HubModel, Query, Sort

    query = Query(text=" ".join(arguments.text), sort=Sort(arguments.sort), licence=arguments.licence)
    found: list[HubModel] = []
    interrupts: Interrupts = arguments.interrupts
    with _services(interrupts) as app:
        page = interrupts.result_of(app.hub.search(query))
        found += page.models
        while page.has_more and len(found) < arguments.limit:
            page = interrupts.result_of(app.hub.more(page))
            found += page.models
    del found[arguments.limit :]
    if arguments.json:
        _print_json(found)
        return 0
    for model in found:
        size = f"{decimal(model.parameters / 1e9, 1)} B" if model.parameters else ""
        print(f"{model.repository}\t{size}\t{model.licence}\t{number(model.downloads)}")
    return 0


def _info(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from desktop_app.domain.hub import parse_reference
    from desktop_app.domain.sizes import readable_size

    interrupts: Interrupts = arguments.interrupts
    reference = parse_reference(arguments.name)
    with _services(interrupts) as app:
        if reference is None or Path(arguments.name).is_file():
            details = interrupts.result_of(app.library.details(str(Path(arguments.name).absolute())))
            if arguments.json:
                _print_json(details)
            else:
                used = date_and_time(details.last_used) if details.last_used else _("never")
                shown = [
                    name for name in details.__struct_fields__ if name != "network"
                ]  # a machine reads that as JSON
                for name in shown:
                    value = used if name == "last_used" else getattr(details, name)
                    print(f"{name.replace('_', ' ')}: {visible(str(value))}")
            return 0
        repository = interrupts.result_of(app.hub.repository(reference.repository, reference.revision))
    if arguments.json:
        _print_json(repository)
        return 0
    print(f"{repository.repository} ({repository.licence or '?'})")
    for variant in repository.variants:
        print(f"{variant.quantization or variant.name}\t{readable_size(variant.size)}\t{variant.files[0].name}")
    return 0


def _get(arguments: argparse.Namespace) -> int:
    from desktop_app.domain.errors import EngineError, ErrorCode
    from desktop_app.domain.hub import parse_reference
    from desktop_app.services.data_folder.owner import Ownership
    from desktop_app.services.data_folder.owner_client import join

    reference = parse_reference(arguments.name)
    if reference is None:
        arguments.parser.error(_("“{name}” is neither owner/name nor a link to the hub").format(name=arguments.name))
        raise SystemExit(2)  # what `error` does already
    bar = _Bar(shown=not arguments.json and sys.stderr.isatty())
    interrupts: Interrupts = arguments.interrupts
    download = None
    for left in reversed(range(_TRIES)):
        with _services(interrupts) as app:
            repository, variant = _choose(app, reference, interrupts)
            place = join(app.paths)
            if isinstance(place, Ownership):
                download = _get_here(app, place, repository, variant, bar, interrupts)
        if not isinstance(place, Ownership):  # without services of its own: they would hold Ctrl-C up
            try:
                with place as owner:
                    download = owner.get(repository, variant, bar.show_download)
            except EngineError as error:
                if error.code is not ErrorCode.OWNER_UNREACHABLE or not left:
                    raise
        if download is not None:
            break  # else the owner ended meanwhile: what has arrived is gone on with by another one, or here
    assert download is not None
    bar.end()
    path = _path_of(download)
    if arguments.json:
        _print_json(
            {"path": path, "repository": download.repository, "commit": download.commit, "bytes": download.size}
        )
    else:
        print(path)
    return 0


def _get_here(
    app: "App",
    ownership: "Ownership",
    repository: "HubRepository",
    variant: "Variant",
    bar: "_Bar",
    interrupts: "Interrupts",
) -> "Download":
    """Download as the owner of the data folder, for as long as this takes."""
    from desktop_app.services.data_folder.desk import WindowlessDesk, wait_for_download

    desk = WindowlessDesk(app.questions, app.downloads, app.events, app.start)
    try:
        ownership.serve(desk)
        arriving = wait_for_download(lambda reply: desk.get(repository, variant, reply), bar.show_download)
        download = interrupts.result_of(arriving)
        interrupts.result_of(app.pool.submit(ownership.finish_answers))
        return download
    finally:
        ownership.stop_serving()  # first: nobody may ask what is being stopped
        app.stop()
        ownership.close()


def _choose(app: "App", reference: "Reference", interrupts: "Interrupts") -> "tuple[HubRepository, Variant]":
    from desktop_app.domain.errors import DownloadError, ErrorCode
    from desktop_app.domain.hub import choose_variant

    repository = interrupts.result_of(app.hub.repository(reference.repository, reference.revision))
    variant = choose_variant(repository, reference)
    if variant is None:
        name = f"{reference.repository}:{reference.quantization or reference.file or 'GGUF'}"
        raise DownloadError(ErrorCode.DOWNLOAD_NOT_FOUND, repository=name)
    return repository, variant


def _add(arguments: argparse.Namespace) -> int:
    from desktop_app.domain.errors import ModelError
    from desktop_app.domain.transfers import Placing
    from desktop_app.services.events import ServiceEvent, TransferChanged
    from desktop_app.services.words.error_text import explain

    bar = _Bar(shown=not arguments.json and sys.stderr.isatty())

    def hear(event: ServiceEvent) -> None:
        if isinstance(event, TransferChanged):
            bar.show(event.transfer.done, event.transfer.size)

    paths: list[str] = []
    refused = False
    interrupts: Interrupts = arguments.interrupts
    with _services(interrupts) as app:
        app.events.subscribe(hear)
        for file in arguments.file:
            try:
                brought = interrupts.result_of(app.importing.bring(file, Placing(arguments.placing)))
            except ModelError as error:  # of this file: the others come all the same
                refused, brought = True, None
                print(f"inglenook: {explain(error.info).text}", file=sys.stderr)
            bar.end()
            if brought is not None:
                paths.append(brought.model.path)
                if not arguments.json:
                    print(brought.model.path)
    if arguments.json:
        _print_json(paths)
    return 1 if refused else 0


def _verify(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    interrupts: Interrupts = arguments.interrupts
    words = {True: _("whole"), False: _("damaged"), None: _("header fits its size; no checksum is known")}
    with _services(interrupts) as app:
        given = [str(Path(path).absolute()) for path in arguments.path]
        paths = given or interrupts.result_of(app.library.downloaded())
        results: dict[str, bool | None] = {}
        for path in paths:  # each takes a while, and is told once it is known
            results[path] = interrupts.result_of(app.library.verify(path))
            if not arguments.json:
                print(f"{path}: {words[results[path]]}", flush=True)
    if arguments.json:
        _print_json(results)
    return 1 if False in results.values() else 0


def _remove(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    path = str(Path(arguments.path).absolute())
    if not arguments.yes:
        question = _("Delete {path}? [{yes}/{no}] ").format(path=path, yes=_("y"), no=_("N"))
        if not confirmed(question, ("y", "yes", _("y"), _("yes"))):
            return 1
    interrupts: Interrupts = arguments.interrupts
    with _services(interrupts) as app:
        freed = interrupts.result_of(app.library.remove(path))
    if arguments.json:
        _print_json({"path": path, "bytes": freed})
    return 0


def _token(arguments: argparse.Namespace) -> int:
    interrupts: Interrupts = arguments.interrupts
    if arguments.forget:
        with _services(interrupts) as app:
            forgotten = interrupts.result_of(app.pool.submit(app.token.forget))
        if not forgotten:
            words = _("The system's keyring keeps the token still. Unlock it, then try again.")
            print(f"inglenook: {words}", file=sys.stderr)
        return 0 if forgotten else 1
    token = (
        standard_input.hidden_line(_("Token: "), interrupts) if standard_input.is_terminal() else standard_input.line()
    )
    if not token.strip():
        arguments.parser.error(_("the token is empty"))
    with _services(interrupts) as app:
        kept = interrupts.result_of(app.token.keep(token))
    if not kept:
        words = _("This computer has no unlocked keyring to keep the token in. Set HF_TOKEN instead.")
        print(f"inglenook: {words}", file=sys.stderr)
    return 0 if kept else 1


@contextmanager
def _services(interrupts: "Interrupts") -> "Iterator[App]":
    """The services without a window and without the database; Ctrl-C is heard where they are waited for."""
    from desktop_app.app import App
    from desktop_app.services.data_folder.locked_history import is_locked
    from desktop_app.settings.store import SettingsStore
    from desktop_app.support.paths import Paths

    paths = Paths.for_user()
    with interrupts.held():
        app = App(paths, SettingsStore(paths.settings_file), locked=is_locked(paths))
        try:
            yield app
        finally:
            app.stop()


class _Bar:
    """A line on the terminal that shows how far something is."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._next = 0.0
        self._width = 0

    def show_download(self, download: "Download") -> None:
        """Draw the line for a download, with its speed."""
        from desktop_app.domain.sizes import readable_size

        if download.is_stalled:
            stalled = _("next to nothing is coming")
            self.show(download.done, download.size, f"  {stalled}")
            return
        left = download.seconds_left
        speed = _("{speed}/s").format(speed=readable_size(round(download.speed))) if download.speed else ""
        rest = _("{time} left").format(time=duration(left)) if left is not None else ""
        self.show(download.done, download.size, f"  {speed}  {rest}")

    def show(self, done: int, size: int, more: str = "") -> None:
        """Draw the line again, a few times a second."""
        from desktop_app.domain.sizes import readable_size

        now = time.monotonic()
        if not self._shown or now < self._next:
            return
        self._next = now + BAR_SECONDS
        share = done / size if size else 0.0
        bar = "#" * round(share * BAR_WIDTH)
        words = _("{done} of {size}").format(done=readable_size(done), size=readable_size(size))
        line = f"[{bar:<{BAR_WIDTH}}] {words}{more}"
        cleared = " " * (self._width - len(line))  # not every console of Windows understands a command for that
        print(f"\r{line}{cleared}", end="", file=sys.stderr, flush=True)
        self._width = len(line)

    def end(self) -> None:
        """Leave the line."""
        if self._shown and self._next:
            self._next = 0.0
            print(file=sys.stderr)


def _path_of(download: "Download") -> str:
    from desktop_app.services.network.downloads import target_of

    return str(target_of(download, download.variant.files[0]))


def _line(model: "ModelFile") -> str:
    from desktop_app.domain.sizes import readable_size

    lacks = _("incomplete: {missing} are missing").format(missing=readable_size(model.lacks)) if model.lacks else ""
    notes = [model.app, _("missing") if model.missing else "", _("changed") if model.changed else "", lacks]
    where = "".join(f"\t{note}" for note in notes if note)
    return f"{visible(model.name)}\t{model.quantization}\t{readable_size(model.size)}\t{model.path}{where}"


def _print_json(value: object) -> None:
    import msgspec

    print(msgspec.json.encode(value).decode())
