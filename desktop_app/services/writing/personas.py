"""The personas: those that come with the app, and a person's own as readable files in a folder."""

import threading
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.errors import ErrorCode, ErrorInfo, PersonaError
from desktop_app.domain.models import ModelFile
from desktop_app.domain.personas import (
    MOST_BYTES,
    Persona,
    ReadPersona,
    checked_sampling,
    format_persona,
    parse_persona,
)
from desktop_app.domain.sizes import readable_size
from desktop_app.domain.translated_files import translated_persona
from desktop_app.services.background.jobs import InOrder
from desktop_app.services.writing.own_files import SUFFIX, OwnFiles
from desktop_app.support.files import patiently
from desktop_app.support.i18n import _, translator
from desktop_app.support.isolates import kept
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from desktop_app.domain.foreign.given_persona import GivenPersona

OWN, BUILT_IN = "own", "built-in"
PICTURES = "pictures"
DEFAULT_PICTURE = "assistant"
IMAGES = (".png", ".jpg", ".jpeg", ".webp")
MOST_FILES = 500
MOST_FOREIGN_BYTES = 40_000_000
"""How large a file of another program may be; a character's card is a picture, and an export holds many."""
TAKEN_IN = (".md", ".txt", ".json", ".png", ".yaml", ".yml", ".modelfile", "modelfile")
"""How the names of files end that can hold personas."""
_FILES = OwnFiles(
    kind="persona",
    error=PersonaError,
    gone=ErrorCode.PERSONA_GONE,
    not_text=ErrorCode.PERSONA_NOT_TEXT,
    too_large=ErrorCode.PERSONA_TOO_LARGE,
    unreadable=ErrorCode.PERSONA_UNREADABLE,
    unsaved=ErrorCode.PERSONA_UNSAVED,
)


class LibraryPersona(msgspec.Struct, frozen=True, kw_only=True):
    """A persona of the library; one that cannot be read has `error` in place of `persona`.

    `key` tells it from all others: where it comes from, and its file there. `picture` is the path of what is shown
    for it; `model_path` is empty where the chosen model answers. `findings` say what was not taken as it stands.
    """

    key: str
    is_own: bool
    name: str
    picture: str
    persona: Persona | None = None
    model_path: str = ""
    error: ErrorInfo | None = None
    findings: tuple[ErrorInfo, ...] = ()


class Imported(msgspec.Struct, frozen=True):
    """What came of files that were to be taken in; `notes` say what those of other programs had and ours cannot have."""

    keys: tuple[str, ...]
    errors: tuple[ErrorInfo, ...]
    notes: tuple[ErrorInfo, ...] = ()


class Personas:
    """Lists, keeps and changes personas. Every method returns at once; its future ends in the pool.

    `changed` tells that there are others, or that one is another.
    """

    def __init__(self, *, folder: Path, built_in: Path, pool: Executor) -> None:
        self.folder = folder
        self._roots = {OWN: folder, BUILT_IN: built_in}
        self._pictures = built_in / PICTURES
        self._pool, self._changes = pool, InOrder(pool)
        self._lock = threading.RLock()
        self._known: dict[str, tuple[tuple[str, str], ReadPersona]] = {}
        """What was read of each file, with its text and the language that this was in."""
        self.changed: Publisher[None] = Publisher()

    def entries(self, models: Sequence[ModelFile]) -> "Future[list[LibraryPersona]]":
        """Return all personas, those that come with the app first; `models` are those that can answer."""
        return self._pool.submit(self._entries, tuple(models))

    def pictures(self) -> "Future[list[str]]":
        """Return the names of the pictures that come with the app."""
        return self._pool.submit(lambda: sorted(file.stem for file in self._pictures.glob("*.svg")))

    def save(self, persona: Persona, key: str = "", before: Persona | None = None) -> "Future[str]":
        """Keep a persona of one's own, a new one without `key`; returns its key. Fails with PersonaError.

        Where it is known as it was `before`, what somebody else has changed since stays.
        """
        return self._changes.submit(self._save, persona, key, before)

    def duplicate(self, key: str) -> "Future[str]":
        """Make a copy that is one's own, and return its key; fails with PersonaError."""
        return self._changes.submit(self._duplicate, key)

    def delete(self, key: str) -> "Future[bytes]":
        """Delete a persona of one's own and return its file, which `put_back` takes; fails with PersonaError."""
        return self._changes.submit(self._delete, key)

    def put_back(self, key: str, content: bytes) -> "Future[None]":
        """Undo a deletion, beside a persona that has taken the file's name since; fails with PersonaError."""
        return self._changes.submit(self._put_back, key, content)

    def take_in(self, paths: Sequence[str]) -> "Future[Imported]":
        """Copy files that are personas into the folder, with the images that they name beside them."""
        return self._changes.submit(self._take_in, paths)

    def export(self, key: str, path: str) -> "Future[None]":
        """Write a persona's file to `path`; fails with PersonaError."""
        return self._pool.submit(lambda: _FILES.write(Path(path), self._text(key)))

    # In the pool

    def file_of(self, key: str) -> Path:
        """Return where a persona's file is."""
        origin, _slash, name = key.partition("/")
        return self._roots[origin] / name

    def _entries(self, models: tuple[ModelFile, ...]) -> list[LibraryPersona]:
        found = []
        for origin in (BUILT_IN, OWN):
            files = sorted(self._roots[origin].glob(f"*{SUFFIX}"))[:MOST_FILES]
            entries = [self._entry(origin, file, models) for file in files if file.is_file()]
            if origin == OWN:
                entries.sort(key=lambda entry: (entry.name.casefold(), entry.key))
            found += entries
        known = self._known  # which another thread may put another one in place of
        self._known = {entry.key: known[entry.key] for entry in found if entry.key in known}
        return found

    def _entry(self, origin: str, file: Path, models: tuple[ModelFile, ...]) -> LibraryPersona:
        key, is_own = f"{origin}/{file.name}", origin == OWN
        try:
            read = self._read(key, file)
        except PersonaError as error:
            return LibraryPersona(
                key=key, is_own=is_own, name=file.stem, picture=self._built_in(DEFAULT_PICTURE), error=error.info
            )
        persona, findings = read.persona, list(read.findings)
        picture = self._picture(persona.picture, file.parent)
        if not picture:
            findings.append(ErrorInfo(ErrorCode.PERSONA_PICTURE_MISSING, {"picture": persona.picture}))
        model = _model(persona.model, models)
        if persona.model and model is None:
            findings.append(ErrorInfo(ErrorCode.PERSONA_MODEL_MISSING, {"model": persona.model}))
        return LibraryPersona(
            key=key,
            is_own=is_own,
            name=persona.name,
            picture=picture or self._built_in(DEFAULT_PICTURE),
            persona=persona,
            model_path=model.path if model is not None else "",
            findings=tuple(findings),
        )

    def _picture(self, name: str, folder: Path) -> str:
        """Return the path of a picture: one of the app's by its name, or an image beside the file; empty for neither."""
        if not name or Path(name).name != name:  # a path to elsewhere is nobody's picture
            return "" if name else self._built_in(DEFAULT_PICTURE)
        built_in, image = Path(self._built_in(name)), folder / name
        if built_in.is_file():
            return str(built_in)
        return str(image) if image.suffix.lower() in IMAGES and image.is_file() else ""

    def _built_in(self, name: str) -> str:
        return str(self._pictures / f"{name}.svg")

    def _save(self, persona: Persona, key: str, before: Persona | None = None) -> str:
        with self._lock:
            file = self.file_of(key) if key else _FILES.new(self.folder, persona.name)
            if before is not None:
                from desktop_app.domain.merging import merged

                persona = merged(before, persona, parse_persona(self._text(key), file.stem).persona)
            text = format_persona(persona)
            parse_persona(text, persona.name)
            _FILES.write(file, text)
        self.changed.publish(None)
        return f"{OWN}/{file.name}"

    def _duplicate(self, key: str) -> str:
        file = self.file_of(key)
        persona = parse_persona(self._text(key), file.stem).persona
        name = kept(_("{name}, my version")).format(name=persona.name)
        return self._save(msgspec.structs.replace(persona, name=name), "")

    def _delete(self, key: str) -> bytes:
        file = self.file_of(key)
        try:
            content = file.read_bytes()
            patiently(file.unlink)
        except FileNotFoundError as error:
            raise PersonaError(ErrorCode.PERSONA_GONE, key) from error
        except OSError as error:
            raise PersonaError(ErrorCode.PERSONA_UNSAVED, str(error), path=str(file)) from error
        self.changed.publish(None)
        return content

    def _put_back(self, key: str, content: bytes) -> None:
        with self._lock:
            _FILES.write_bytes(_FILES.free(self.file_of(key)), content)
        self.changed.publish(None)

    def _take_in(self, paths: Sequence[str]) -> Imported:
        from desktop_app.domain.foreign.personas import is_foreign  # few bring any

        keys: list[str] = []
        errors: list[ErrorInfo] = []
        notes: list[ErrorInfo] = []
        for path in map(Path, paths):
            try:
                content = _FILES.read_bytes(path, MOST_FOREIGN_BYTES)
                if is_foreign(path.name, content):
                    for given in self._given(path, content):
                        keys.append(self._keep_given(given))
                        notes += _left_out(given)
                else:
                    keys.append(self._copy(path))
            except PersonaError as error:
                errors.append(error.info)
        self.changed.publish(None)
        return Imported(tuple(keys), tuple(errors), tuple(notes))

    def _copy(self, path: Path) -> str:
        text = _FILES.read(path, MOST_BYTES)
        persona = parse_persona(text, path.stem).persona
        with self._lock:
            file = _FILES.new(self.folder, persona.name)
            _FILES.write(file, text)
            self._bring_picture(persona.picture, path.parent)
        return f"{OWN}/{file.name}"

    def _given(self, path: Path, content: bytes) -> "list[GivenPersona]":
        """Read the personas of another program's file; a character's picture may lie beside it under the same name."""
        from desktop_app.domain.foreign.personas import NoPersonaError, foreign_personas

        try:
            given = foreign_personas(path.name, content)
        except NoPersonaError as error:
            raise PersonaError(ErrorCode.PERSONA_NOT_KNOWN, str(error), path=str(path)) from error
        image = next((file for ending in IMAGES if (file := path.with_suffix(ending)).is_file()), None)
        if len(given) > 1 or given[0].picture or image is None:
            return given
        return [given[0].with_picture(_FILES.read_bytes(image, MOST_FOREIGN_BYTES), image.suffix.removeprefix("."))]

    def _keep_given(self, given: "GivenPersona") -> str:
        """Keep a persona of another program as a file of our own, with its picture beside it."""
        sampling, _findings = checked_sampling(given.persona.sampling)
        persona = msgspec.structs.replace(given.persona, sampling=sampling)
        with self._lock:
            file = _FILES.new(self.folder, persona.name)
            if given.picture:
                picture = _FILES.free(file.with_suffix(f".{given.picture_ending}"))
                persona = msgspec.structs.replace(persona, picture=picture.name)
            text = format_persona(persona)
            if len(text.encode("utf-8", "replace")) > MOST_BYTES:
                size, most = readable_size(len(text)), readable_size(MOST_BYTES)
                raise PersonaError(ErrorCode.PERSONA_TOO_LARGE, path=persona.name, size=size, most=most)
            _FILES.write(file, text)
            if given.picture:
                _FILES.write_bytes(picture, given.picture)
        return f"{OWN}/{file.name}"

    def _bring_picture(self, name: str, folder: Path) -> None:
        """Copy the image that a persona names, unless one of that name is here."""
        image = Path(self._picture(name, folder))
        target = self.folder / image.name
        if image.parent == folder and image.suffix.lower() in IMAGES and not target.exists():
            try:
                content = image.read_bytes()
            except OSError:
                return  # it is said to be missing when the personas are listed
            _FILES.write_bytes(target, content)

    def _read(self, key: str, file: Path) -> ReadPersona:
        """Return what a persona's file says, which is parsed where it is another than before; raises PersonaError."""
        now = _FILES.read(file, MOST_BYTES), translator.language
        before = self._known.get(key)
        if before is not None and before[0] == now:
            return before[1]
        read = parse_persona(_in_language(key, now[0]), file.stem)
        self._known[key] = now, read
        return read

    def _text(self, key: str) -> str:
        """Return a persona's file, those that come with the app in the chosen language; raises PersonaError."""
        return _in_language(key, _FILES.read(self.file_of(key), MOST_BYTES))


def _in_language(key: str, text: str) -> str:
    return translated_persona(text, _) if key.startswith(f"{BUILT_IN}/") else text


def _left_out(given: "GivenPersona") -> list[ErrorInfo]:
    from desktop_app.domain.foreign.given_persona import LeftOut

    codes = {
        LeftOut.GREETINGS: ErrorCode.PERSONA_GREETINGS_LEFT_OUT,
        LeftOut.WORLD: ErrorCode.PERSONA_WORLD_LEFT_OUT,
        LeftOut.LAST_WORDS: ErrorCode.PERSONA_LAST_WORDS_LEFT_OUT,
        LeftOut.TOOLS: ErrorCode.PERSONA_TOOLS_LEFT_OUT,
    }
    return [ErrorInfo(codes[kind], {"name": given.persona.name}) for kind in given.left_out]


def _model(name: str, models: Sequence[ModelFile]) -> ModelFile | None:
    """Return the model that a persona names: by its name, its file's name, or its path, even one that it had before."""
    wanted = name.casefold()
    here = [model for model in models if name and model.is_usable]
    for model in here:
        paths = [model.path, *model.former]
        if wanted in (each.casefold() for path in paths for each in (path, Path(path).name, Path(path).stem)):
            return model
    return next((model for model in here if wanted == model.name.casefold()), None)
