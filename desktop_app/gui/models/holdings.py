"""Which files of the hub are on this computer or on their way, for whoever offers to download them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop_app.domain.downloads import Download
from desktop_app.domain.models import ModelFile
from desktop_app.support.i18n import _, pgettext


class Holdings(QObject):
    """Tells of a repository's file where it is; `changed` when that may be another place for one of them.

    A file that a download, or another app, put into a folder named as its repository is known by that, and one of the
    hub's cache by the name that the cache gives to a repository.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paths: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        """By the name of a file: the parts of each path at which it is known, and where it is now."""
        self._downloads: dict[tuple[str, str], str] = {}

    def set_models(self, models: Sequence[ModelFile]) -> None:
        """Take the models that are on this computer; those of which a part is missing can still be downloaded."""
        paths: defaultdict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        for model in models:
            for path in (model.path, *model.former) if model.is_usable else ():
                parts = Path(path).parts
                paths[parts[-1]].append((parts, model.path))
        if paths != self._paths:
            self._paths = dict(paths)
            self.changed.emit()

    def add_download(self, download: Download) -> None:
        """Take note of a download that is not done."""
        if self._downloads.get(_key(download)) != download.id:
            self._downloads[_key(download)] = download.id
            self.changed.emit()

    def drop_download(self, download: Download, arrived_at: str = "") -> None:
        """Forget a download that was given up, or is done: then it is where it arrived until the next list says more."""
        if arrived_at:
            parts = Path(arrived_at).parts
            places = self._paths.setdefault(parts[-1], [])
            if (parts, arrived_at) not in places:
                places.append((parts, arrived_at))
        if self._downloads.pop(_key(download), None) is not None:
            self.changed.emit()

    def path(self, repository: str, file: str) -> str:
        """Return where the model is whose first file this is; empty where it is not on this computer."""
        return next(self._places(repository, file), "")

    def download(self, repository: str, file: str) -> str:
        """Return the id of the download of the model whose first file this is; empty where there is none."""
        return self._downloads.get((repository, file), "")

    def _places(self, repository: str, file: str) -> Iterator[str]:
        names = tuple(file.split("/"))
        folders = (*repository.split("/"), *names)
        cached = "models--" + repository.replace("/", "--")
        for parts, path in self._paths.get(names[-1], ()):
            if parts[-len(folders) :] == folders or (cached in parts and parts[-len(names) :] == names):
                yield path


def way_on(holdings: Holdings, repository: str, file: str, name: str) -> tuple[str, str]:
    """Return the words on the button that leads to a file, and what it says aloud of the model with that `name`."""
    if holdings.download(repository, file):
        return _("Show"), _("Show the download of {model}").format(model=name)
    if holdings.path(repository, file):
        return pgettext("verb", "Chat"), _("Chat with {model}").format(model=name)
    return _("Download"), _("Download {model}").format(model=name)


def _key(download: Download) -> tuple[str, str]:
    return download.repository, next((file.name for file in download.variant.files), "")
