"""The library of prompt templates: those that come with the app, and a person's own as files in a folder."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path

import msgspec

from desktop_app.domain.errors import ErrorCode, ErrorInfo, TemplateFileError
from desktop_app.domain.prompt_templates import MOST_BYTES, PromptTemplate, format_template, parse_template, retitled
from desktop_app.domain.prompt_versions import DiffLine, Version, diff_lines
from desktop_app.domain.translated_files import translated_template
from desktop_app.services.background.jobs import InOrder
from desktop_app.services.writing.prompt_files import TEMPLATE_FILES, Versions, template_files
from desktop_app.settings.template_marks import TemplateMarks, load_template_marks, save_template_marks
from desktop_app.support.files import patiently
from desktop_app.support.i18n import ENGLISH, _, translator
from desktop_app.support.isolates import kept
from desktop_app.support.publisher import Publisher

OWN, BUILT_IN = "own", "built-in"
MOST_VALUE_BYTES = 1_000_000
"""How large a file may be that is read for a placeholder."""


class LibraryTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A template of the library; one that cannot be read has `error` in place of `template`.

    `key` tells it from all others: where it comes from, and its path there.
    """

    key: str
    is_own: bool
    title: str
    folder: str
    template: PromptTemplate | None = None
    error: ErrorInfo | None = None
    favourite: bool = False
    shortcut: str = ""


class Imported(msgspec.Struct, frozen=True):
    """What came of files that were to be taken in."""

    keys: tuple[str, ...]
    errors: tuple[ErrorInfo, ...]


class _Read(msgspec.Struct, frozen=True):
    stamp: tuple[int, int, str]
    template: PromptTemplate | None
    error: ErrorInfo | None


class PromptLibrary:
    """Lists, keeps and changes templates. Every method returns at once; its future ends in the pool.

    A file that is dropped into the folder, or changed by another program, is found when the templates are
    listed next. What is not changed since is not read again. `changed` tells that templates were
    changed here, or favourites or shortcuts.
    """

    def __init__(
        self,
        *,
        folder: Path,
        built_in: Path,
        marks_file: Path,
        pool: Executor,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self._roots = {OWN: folder, BUILT_IN: built_in}
        self._marks_file = marks_file
        self._pool, self._changes = pool, InOrder(pool)
        self._clock = clock
        self._versions = Versions(folder)
        self._lock = threading.RLock()
        self._known: dict[str, _Read] = {}
        self.changed: Publisher[None] = Publisher()

    # Reading

    def entries(self) -> "Future[list[LibraryTemplate]]":
        """Return all templates, by folder and title."""
        return self._pool.submit(self._entries)

    def text(self, key: str) -> "Future[str]":
        """Return a template's file as it is; fails with TemplateFileError."""
        return self._pool.submit(self._text, key)

    def check(self, text: str) -> "Future[PromptTemplate]":
        """Read a text as a template; fails with TemplateFileError PROMPT_TEMPLATE_INVALID."""
        return self._pool.submit(parse_template, text)

    def read_value(self, path: str) -> "Future[str]":
        """Return a file's text as the value of a placeholder; fails with TemplateFileError."""
        return self._pool.submit(TEMPLATE_FILES.read, Path(path), MOST_VALUE_BYTES)

    def own_folder(self) -> "Future[str]":
        """Return the folder of one's own templates, made where it is missing; fails with TemplateFileError."""
        return self._pool.submit(self._own_folder)

    # Changing

    def create(self, text: str) -> "Future[str]":
        """Keep a new template of one's own, and return its key; fails with TemplateFileError."""
        return self._changes.submit(self._create, text)

    def save(self, key: str, text: str) -> "Future[str | None]":
        """Give a template of one's own another text, and keep the former one (see `restore`); fails with TemplateFileError."""
        return self._changes.submit(self._save, key, text)

    def duplicate(self, key: str) -> "Future[str]":
        """Make a copy that is one's own, and return its key; fails with TemplateFileError."""
        return self._changes.submit(self._duplicate, key)

    def delete(self, key: str) -> "Future[str]":
        """Delete a template of one's own and return its text, which `put_back` takes; its versions stay."""
        return self._changes.submit(self._delete, key)

    def put_back(self, key: str, text: str) -> "Future[None]":
        """Undo a deletion, beside a template that has taken the file's name since; fails with TemplateFileError."""
        return self._changes.submit(self._put_back, key, text)

    def set_favourite(self, key: str, favourite: bool) -> "Future[None]":
        """Count a template among the favourites, or no longer."""

        def change(marks: TemplateMarks) -> TemplateMarks:
            others = tuple(other for other in marks.favourites if other != key)
            return msgspec.structs.replace(marks, favourites=(*others, key) if favourite else others)

        return self._changes.submit(self._mark, change)

    def set_shortcut(self, key: str, shortcut: str) -> "Future[None]":
        """Give a template a keyboard shortcut, which another one loses; an empty one takes it away."""

        def change(marks: TemplateMarks) -> TemplateMarks:
            others = {other: keys for other, keys in marks.shortcuts.items() if other != key and keys != shortcut}
            return msgspec.structs.replace(marks, shortcuts={**others, key: shortcut} if shortcut else others)

        return self._changes.submit(self._mark, change)

    # Versions

    def versions(self, key: str) -> "Future[list[Version]]":
        """Return the earlier versions of a template of one's own, the newest first."""
        return self._pool.submit(self._versions.of, self._file(key))

    def compare(self, key: str, version_id: str) -> "Future[tuple[DiffLine, ...]]":
        """Return how the template differs from an earlier version; fails with TemplateFileError."""
        return self._pool.submit(
            lambda: diff_lines(self._versions.read(self._file(key), version_id, MOST_BYTES), self._text(key))
        )

    def restore(self, key: str, version_id: str) -> "Future[str | None]":
        """Bring an earlier version back; what it replaces becomes a version, whose id is returned.

        None where the template says the same already. Fails with TemplateFileError.
        """
        return self._changes.submit(
            lambda: self._save(key, self._versions.read(self._file(key), version_id, MOST_BYTES))
        )

    # Import and export

    def take_in(self, paths: Sequence[str]) -> "Future[Imported]":
        """Copy files that are templates into the folder."""
        return self._changes.submit(self._take_in, paths)

    def export(self, key: str, path: str) -> "Future[None]":
        """Write a template's file to `path`; fails with TemplateFileError."""
        return self._pool.submit(lambda: TEMPLATE_FILES.write(Path(path), self._text(key)))

    # In the pool

    def _entries(self) -> list[LibraryTemplate]:
        with self._lock:
            marks = load_template_marks(self._marks_file)
            known, self._known = self._known, {}
            found = []
            for origin, root in self._roots.items():
                for file, status in template_files(root):
                    key = f"{origin}/{file.relative_to(root).as_posix()}"
                    stamp = (status.st_mtime_ns, status.st_size, translator.language)
                    read = known.get(key)
                    if read is None or read.stamp != stamp:
                        read = self._read(key, file, stamp)
                    self._known[key] = read
                    found.append(_entry(key, read, self._folder_of(key), marks))
        return sorted(found, key=lambda each: (each.folder.casefold(), each.title.casefold(), each.key))

    def _read(self, key: str, file: Path, stamp: tuple[int, int, str]) -> _Read:
        try:
            return _Read(stamp, parse_template(self._in_language(key), file.stem, self._folder_of(key)), None)
        except TemplateFileError as error:
            return _Read(stamp, None, error.info)

    def _text(self, key: str) -> str:
        file = self._file(key)
        if not file.exists():
            raise TemplateFileError(ErrorCode.PROMPT_TEMPLATE_GONE, key)
        return self._in_language(key)

    def _in_language(self, key: str) -> str:
        """Return a template's file, those that come with the app in the chosen language; raises TemplateFileError."""
        text = TEMPLATE_FILES.read(self._file(key), MOST_BYTES)
        is_foreign = key.startswith(f"{BUILT_IN}/") and translator.language != ENGLISH
        return translated_template(text, _) if is_foreign else text

    def _folder_of(self, key: str) -> str:
        """Return the folder that a template is in, in the chosen language where it comes with the app."""
        origin, _slash, path = key.partition("/")
        parts = Path(path).parent.parts
        return " / ".join(map(_, parts) if origin == BUILT_IN else parts)

    def _create(self, text: str) -> str:
        template = parse_template(text, _("New template"))
        with self._lock:
            file = TEMPLATE_FILES.new(self.folder, template.title)
            TEMPLATE_FILES.write(file, text)
        self.changed.publish(None)
        return f"{OWN}/{file.name}"

    def _save(self, key: str, text: str) -> str | None:
        """Return the id of the version that keeps what was there, None where that was no other text."""
        replaced = None
        parse_template(text, _("New template"))
        file = self._file(key)
        with self._lock:
            try:
                former = TEMPLATE_FILES.read(file, MOST_BYTES)
            except TemplateFileError:
                former = text  # it is gone or no text: there is nothing to keep
            if former != text:
                replaced = self._versions.keep(file, former, self._clock())
            TEMPLATE_FILES.write(file, text)
        self.changed.publish(None)
        return replaced

    def _duplicate(self, key: str) -> str:
        text = self._text(key)
        title = parse_template(text, self._file(key).stem, self._folder_of(key)).title
        return self._create(retitled(text, kept(_("{title}, my version")).format(title=title)))

    def _delete(self, key: str) -> str:
        text = self._text(key)
        file = self._file(key)
        with self._lock:
            self._versions.keep(file, text, self._clock())
            try:
                patiently(file.unlink)
            except OSError as error:
                raise TemplateFileError(ErrorCode.PROMPT_TEMPLATE_UNSAVED, str(error), path=str(file)) from error
        self.changed.publish(None)
        return text

    def _put_back(self, key: str, text: str) -> None:
        with self._lock:
            TEMPLATE_FILES.write(TEMPLATE_FILES.free(self._file(key)), text)
        self.changed.publish(None)

    def _take_in(self, paths: Sequence[str]) -> Imported:
        keys: list[str] = []
        errors: list[ErrorInfo] = []
        for path in map(Path, paths):
            try:
                texts = _foreign(path) if path.suffix.lower() == ".json" else [TEMPLATE_FILES.read(path, MOST_BYTES)]
                keys += [self._take_text(text, path.stem) for text in texts]
            except TemplateFileError as error:
                errors.append(error.info)
        self.changed.publish(None)
        return Imported(tuple(keys), tuple(errors))

    def _take_text(self, text: str, name: str) -> str:
        title = parse_template(text, name).title
        with self._lock:
            file = TEMPLATE_FILES.new(self.folder, title)
            TEMPLATE_FILES.write(file, text)
        return f"{OWN}/{file.name}"

    def _own_folder(self) -> str:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TemplateFileError(ErrorCode.PROMPT_TEMPLATE_UNSAVED, str(error), path=str(self.folder)) from error
        return str(self.folder)

    def _mark(self, change: Callable[[TemplateMarks], TemplateMarks]) -> None:
        with self._lock:
            try:
                save_template_marks(self._marks_file, change(load_template_marks(self._marks_file)))
            except OSError as error:
                raise TemplateFileError(
                    ErrorCode.PROMPT_TEMPLATE_UNSAVED, str(error), path=str(self._marks_file)
                ) from error
        self.changed.publish(None)

    def _file(self, key: str) -> Path:
        origin, _slash, path = key.partition("/")
        return self._roots[origin] / path


def _foreign(path: Path) -> list[str]:
    """Return the prompts of another program as files of ours; raises TemplateFileError."""
    from desktop_app.domain.foreign.prompts import (  # few bring any
        MOST_FOREIGN_BYTES,
        NoPromptsError,
        foreign_prompts,
    )

    try:
        return [format_template(each) for each in foreign_prompts(TEMPLATE_FILES.read_bytes(path, MOST_FOREIGN_BYTES))]
    except NoPromptsError as error:
        raise TemplateFileError(ErrorCode.PROMPT_TEMPLATE_NOT_KNOWN, str(error), path=str(path)) from error


def _entry(key: str, read: _Read, folder: str, marks: TemplateMarks) -> LibraryTemplate:
    template = read.template
    return LibraryTemplate(
        key=key,
        is_own=key.startswith(f"{OWN}/"),
        title=template.title if template is not None else Path(key).stem,
        folder=template.folder if template is not None else folder,
        template=template,
        error=read.error,
        favourite=key in marks.favourites,
        shortcut=marks.shortcuts.get(key, ""),
    )
