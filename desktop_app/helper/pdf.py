"""Reads the text of PDFs, which nobody has checked: what a file does not allow is told as an error of its own."""

from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.errors import AttachmentError, ErrorCode
from desktop_app.protocol.helper import PdfRead, ReadPdf

if TYPE_CHECKING:
    from pypdf import PdfReader


def read_pdf(request: ReadPdf) -> PdfRead:
    """Return the text of a PDF, page after page, with empty lines between them.

    Raises AttachmentError ATTACHMENT_PDF_LOCKED, _DAMAGED, _SCANNED, _STOPPED or _READER_MISSING, ATTACHMENT_TOO_LONG,
    or ATTACHMENT_UNREADABLE.
    """
    name = Path(request.path).name
    try:
        from pypdf import PdfReader  # only where a PDF comes
        from pypdf.errors import DependencyError, FileNotDecryptedError
    except ImportError as error:
        raise AttachmentError(ErrorCode.ATTACHMENT_PDF_READER_MISSING, str(error), name=name) from error
    try:
        with Path(request.path).open("rb") as file:
            return _text_of(request, name, PdfReader(file))
    except (DependencyError, FileNotDecryptedError) as error:  # a cipher that nobody here knows
        raise AttachmentError(ErrorCode.ATTACHMENT_PDF_LOCKED, str(error), name=name) from error
    except MemoryError as error:
        raise AttachmentError(ErrorCode.ATTACHMENT_PDF_STOPPED, "MemoryError", name=name) from error
    except OSError as error:
        raise AttachmentError(ErrorCode.ATTACHMENT_UNREADABLE, type(error).__name__, name=name) from error
    except AttachmentError:
        raise
    except Exception as error:  # damaged files raise whatever they break in the reader
        raise AttachmentError(ErrorCode.ATTACHMENT_PDF_DAMAGED, type(error).__name__, name=name) from error


def _text_of(request: ReadPdf, name: str, reader: "PdfReader") -> PdfRead:
    if reader.is_encrypted and not reader.decrypt(""):
        raise AttachmentError(ErrorCode.ATTACHMENT_PDF_LOCKED, name=name)
    texts: list[str] = []
    length = blank = 0
    for page in reader.pages:
        text = page.extract_text().strip().replace("\0", "")
        length += len(text)
        if length > request.most:
            raise AttachmentError(ErrorCode.ATTACHMENT_TOO_LONG, name=name, most=request.most)
        if text:
            texts.append(text)
        else:
            blank += 1
    count = len(texts) + blank
    if not count:
        raise AttachmentError(ErrorCode.ATTACHMENT_PDF_DAMAGED, "no pages", name=name)
    if not texts:
        raise AttachmentError(ErrorCode.ATTACHMENT_PDF_SCANNED, name=name)
    return PdfRead(request.request_id, "\n\n".join(texts), count, blank)
