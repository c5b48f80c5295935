"""The questions about model files: what to do with those that are brought, and with those in the old models folder."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from desktop_app.domain.sizes import readable_size
from desktop_app.domain.transfers import Arrival, Placing
from desktop_app.gui.dialogs.option import Answer, OptionDialog
from desktop_app.gui.look.theme import Theme
from desktop_app.support.i18n import _, ngettext


def import_dialog(theme: Theme, arrivals: Sequence[Arrival], folder: Path, parent: QWidget) -> OptionDialog:
    """Ask where the files are to be used; where they are comes first, for it costs nothing."""
    count = len(arrivals)
    size = readable_size(sum(arrival.size for arrival in arrivals))
    if count == 1:
        title = _("Add {model}").format(model=arrivals[0].name)
        words = _("The model takes {size}. Where should it be kept?").format(size=size)
    else:
        title = ngettext("Add {count} model", "Add {count} models", count).format(count=count)
        words = _("Together they take {size}. Where should they be kept?").format(size=size)
    answers = [
        Answer(
            Placing.IN_PLACE,
            _("Where it is now") if count == 1 else _("Where they are now"),
            _("Takes no room. Chats need the file to stay there."),
        ),
        Answer(
            Placing.COPY,
            _("Copy into the models folder"),
            _("Takes {size} more in {folder}.").format(size=size, folder=folder),
        ),
        Answer(
            Placing.MOVE,
            _("Move into the models folder"),
            _("The file is removed from its old place once it is complete in {folder}.").format(folder=folder),
        ),
    ]
    return OptionDialog(theme, title, words, answers, _("Add"), parent)


def move_dialog(theme: Theme, count: int, size: int, folder: Path, parent: QWidget) -> OptionDialog:
    """Ask whether the models of the present folder come along to `folder`."""
    title = _("Change the models folder")
    words = ngettext(
        "There is {count} model in the present folder; it takes {size}.",
        "There are {count} models in the present folder; they take {size}.",
        count,
    ).format(count=count, size=readable_size(size))
    answers = [
        Answer(
            True,
            _("Move them to the new folder"),
            _("They are moved to {folder} one by one. You can stop at any time and go on later.").format(folder=folder),
        ),
        Answer(
            False,
            _("Leave them where they are"),
            _("Only the new folder is searched from now on. Nothing is deleted."),
        ),
    ]
    return OptionDialog(theme, title, words, answers, _("Change folder"), parent)
