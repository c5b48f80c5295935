"""What the kinds of data are called, and what is in them."""

from desktop_app.domain.own_data import DataKind
from desktop_app.support.i18n import _


def title(kind: DataKind) -> str:
    """Return what a kind of data is called."""
    return {
        DataKind.CHATS: _("Chats"),
        DataKind.BACKUPS: _("Backups"),
        DataKind.MODELS: _("Models"),
        DataKind.SNAPSHOTS: _("What models have read"),
        DataKind.PERSONAS: _("Personas"),
        DataKind.TEMPLATES: _("Prompt templates"),
        DataKind.SETTINGS: _("Settings"),
        DataKind.LEDGER: _("What went over the network"),
        DataKind.LOGS: _("Logs and reports"),
        DataKind.LEARNT: _("What was measured"),
        DataKind.ENGINES: _("Engines"),
        DataKind.UPDATES: _("Downloaded releases"),
        DataKind.OTHER: _("Other files"),
    }[kind]


def about(kind: DataKind) -> str:
    """Return what is in a kind of data."""
    return {
        DataKind.CHATS: _(
            "All messages, with what is in the trash, what was not sent yet, the search index, and the texts of the "
            "notebook."
        ),
        DataKind.BACKUPS: _(
            "Copies of the chats, made when you asked for it and before the form of their file changed."
        ),
        DataKind.MODELS: _("Downloaded and copied model files. Those of other apps are theirs, and are not counted."),
        DataKind.SNAPSHOTS: _("Long chats as models remember them, so that they need not be read again."),
        DataKind.PERSONAS: _("Your own personas, as files that can be read."),
        DataKind.TEMPLATES: _("Your own prompt templates, as files that can be read."),
        DataKind.SETTINGS: _(
            "Settings and presets, how the window was left, and what is remembered of models and downloads."
        ),
        DataKind.LEDGER: _("A line for each request: when, where to, what for, and how many bytes."),
        DataKind.LOGS: _("What went wrong, without any text of chats."),
        DataKind.LEARNT: _("How fast this computer is, and what works on it. It is measured again when it is needed."),
        DataKind.ENGINES: _("Builds of the engine beside the one that is part of Inglenook."),
        DataKind.UPDATES: _("Installers of newer releases."),
        DataKind.OTHER: _("What keeps two windows apart, and files that Inglenook does not know."),
    }[kind]


def loss(kind: DataKind) -> str:
    """Return what it means that data of an expendable kind is deleted."""
    return {
        DataKind.BACKUPS: _("The chats stay as they are now; none can be brought back from a backup any more."),
        DataKind.SNAPSHOTS: _("Nothing of the chats is lost. Models read long ones again when they go on."),
        DataKind.LEDGER: _("What went over the network until now can no longer be seen."),
        DataKind.LEARNT: _("It is measured again when it is needed."),
        DataKind.UPDATES: _("They can be downloaded again."),
    }[kind]
