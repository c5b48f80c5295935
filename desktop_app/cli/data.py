"""`inglenook data`: says where the app's data is and how much there is, and deletes all of it."""

import argparse
import sys
from typing import TYPE_CHECKING

from desktop_app.cli.confirming import confirmed
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from pathlib import Path

    from desktop_app.support.paths import Paths


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command and what it can do."""
    parser = commands.add_parser("data", help=_("show where the data is, or delete all of it"))
    parser.add_argument("--json", action="store_true", help=_("print JSON"))
    parser.set_defaults(run=_list)
    actions = parser.add_subparsers(title=_("actions"), metavar="ACTION")
    words = _("delete all chats, backups, personas, templates, settings and logs, for good")
    delete = actions.add_parser("delete-everything", help=words, description=words)
    delete.add_argument("--models", action="store_true", help=_("delete the models as well"))
    delete.add_argument("--yes", action="store_true", help=_("do not ask"))
    delete.set_defaults(run=_delete)


def _list(arguments: argparse.Namespace) -> int:
    import msgspec

    from desktop_app.domain.sizes import readable_size
    from desktop_app.services.data_folder.own_data import data_places

    paths, models_folder = _folders()
    places = data_places(paths, models_folder)
    if arguments.json:
        print(msgspec.json.encode(places).decode())
        return 0
    for place in places:
        print(f"{place.kind.value}\t{readable_size(place.size)}\t{place.files}\t{place.path}")
    return 0


def _delete(arguments: argparse.Namespace) -> int:
    from desktop_app.domain.errors import ErrorCode, StorageError
    from desktop_app.domain.sizes import readable_size
    from desktop_app.services.data_folder.erasing import carry_out, order
    from desktop_app.services.data_folder.key_memory import KeyMemory
    from desktop_app.services.data_folder.owner import Ownership
    from desktop_app.services.data_folder.owner_client import join
    from desktop_app.services.network.token import forget

    if not arguments.yes:
        word = _("delete")
        question = _("Delete everything, for good? Type “{word}” to go on: ").format(word=word)
        if not confirmed(question, ("delete", word)):
            return 1
    paths, models_folder = _folders()
    place = join(paths)
    if not isinstance(place, Ownership):
        place.close()
        words = _("Inglenook is running. Close it first.")
        print(f"inglenook: {words}", file=sys.stderr)
        return 1
    try:
        if not (forget() and KeyMemory(paths.database).forget()):
            raise StorageError(ErrorCode.DATA_NOT_DELETED, path=_("what the system's keyring keeps for Inglenook"))
        order(paths, models_folder, models=arguments.models)
        erased = carry_out(paths)
    finally:
        place.close()
    print(_("{size} is free now.").format(size=readable_size(erased.size)))
    for path in erased.left:
        print(path, file=sys.stderr)
    return 1 if erased.left else 0


def _folders() -> "tuple[Paths, Path]":
    """Return the app's folders, and that of the models."""
    from pathlib import Path

    from desktop_app.settings.store import SettingsStore
    from desktop_app.support.paths import Paths

    paths = Paths.for_user()
    chosen = SettingsStore(paths.settings_file).value.folders.models
    return paths, Path(chosen) if chosen else paths.models
