"""Files that go along with a question: read, told apart from what is no text, and refused in words."""

import os
import stat
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path

from desktop_app.domain.errors import AttachmentError, ErrorCode, ErrorInfo
from desktop_app.domain.ids import new_id
from desktop_app.domain.parts import FilePart
from desktop_app.domain.plain_text import decoded
from desktop_app.domain.sizes import readable_size
from desktop_app.helper import process as helper_process
from desktop_app.protocol import helper as protocol
from desktop_app.services.background.helper import Helper
from desktop_app.support.long_paths import reachable

MOST_TEXT_BYTES = 8_000_000
MOST_PDF_BYTES = 64_000_000
MOST_CHARACTERS = 2_000_000
"""Half a million tokens, about."""
PDF_SECONDS = 60.0
PDF_BEGINS = b"%PDF-"
_HEAD = 1024
"""A PDF may have other bytes before its mark, within so many."""


class Attachments:
    """Reads files in service threads, and PDFs in a helper process of their own, which rests when it has nothing to do."""

    def __init__(self, pool: Executor, target: Callable[..., None] = helper_process.run) -> None:
        self._pool = pool
        self._helper = Helper(pool, target)

    def read(self, path: str) -> "Future[FilePart]":
        """Return the text of a file; fails with AttachmentError."""
        result: Future[FilePart] = Future()
        self._pool.submit(self._read, reachable(Path(path)), result)
        return result

    def close(self) -> None:
        """End the helper."""
        self._helper.close()

    def _read(self, file: Path, result: "Future[FilePart]") -> None:
        try:
            size, head = _look(file)
            if PDF_BEGINS in head:
                self._read_pdf(file, size, result)
            else:
                result.set_result(_read_text(file, size))
        except AttachmentError as error:
            result.set_exception(error)
        except OSError as error:
            result.set_exception(AttachmentError(ErrorCode.ATTACHMENT_UNREADABLE, str(error), name=file.name))

    def _read_pdf(self, file: Path, size: int, result: "Future[FilePart]") -> None:
        _check_size(file, size, MOST_PDF_BYTES)
        request = protocol.ReadPdf(request_id=new_id(), path=str(file), most=MOST_CHARACTERS)
        answer = self._helper.ask(
            request,
            PDF_SECONDS,
            ended=ErrorInfo(ErrorCode.ATTACHMENT_PDF_STOPPED, {"name": file.name}),
            overdue=ErrorInfo(ErrorCode.ATTACHMENT_PDF_TIMEOUT, {"name": file.name}),
        )

        def ended(done: "Future[protocol.PdfRead]") -> None:
            error = done.exception()
            if error is not None:
                result.set_exception(error)
            else:
                read = done.result()
                part = FilePart(
                    name=_name_of(file), text=read.text, size=size, pages=read.pages, blank_pages=read.blank
                )
                result.set_result(part)
            self._helper.let_rest()

        answer.add_done_callback(ended)


def _look(file: Path) -> tuple[int, bytes]:
    """Return the size and the beginning of a regular file; raises AttachmentError for anything else, and OSError."""
    status = file.stat()
    if stat.S_ISDIR(status.st_mode):
        raise AttachmentError(ErrorCode.ATTACHMENT_IS_FOLDER, name=file.name)
    if not stat.S_ISREG(status.st_mode):  # a pipe would never end
        raise AttachmentError(ErrorCode.ATTACHMENT_NOT_TEXT, "not a regular file", name=file.name)
    with file.open("rb") as stream:
        return status.st_size, stream.read(_HEAD)


def _read_text(file: Path, size: int) -> FilePart:
    _check_size(file, size, MOST_TEXT_BYTES)
    data = file.read_bytes()
    read = decoded(data)
    if read is None:
        raise AttachmentError(ErrorCode.ATTACHMENT_NOT_TEXT, name=file.name)
    text, guessed = read
    if not text.strip():
        raise AttachmentError(ErrorCode.ATTACHMENT_EMPTY, name=file.name)
    if len(text) > MOST_CHARACTERS:
        raise AttachmentError(ErrorCode.ATTACHMENT_TOO_LONG, name=file.name, most=MOST_CHARACTERS)
    return FilePart(name=_name_of(file), text=text, size=len(data), guessed_encoding=guessed)


def _name_of(file: Path) -> str:
    """Return a file's name as text: Linux allows names that are none, which could be neither kept nor sent."""
    return os.fsencode(file.name).decode("utf-8", "replace")


def _check_size(file: Path, size: int, most: int) -> None:
    if size > most:
        sizes = {"size": readable_size(size), "most": readable_size(most)}
        raise AttachmentError(ErrorCode.ATTACHMENT_TOO_LARGE, name=file.name, **sizes)
