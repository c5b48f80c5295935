"""Files that go along with a question: read in service threads and in a helper process, or refused in words."""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import pytest

from desktop_app.domain.errors import AttachmentError, ErrorCode
from desktop_app.domain.parts import FilePart
from desktop_app.protocol import helper as protocol
from desktop_app.protocol.wire import Wire
from desktop_app.services.words.error_text import explain
from desktop_app.services.writing import attachments as service
from desktop_app.services.writing.attachments import Attachments

WAIT_SECONDS = 90.0


def pdf(*pages: str) -> bytes:
    """Return a PDF with these words on its pages; an empty page has no text."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, words in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 700 Td ({words}) Tj ET" if words else ""
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * number} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    body, places = "%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    return f"{body}{end}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n".encode()


@pytest.fixture
def attachments(pool: ThreadPoolExecutor) -> Iterator[Attachments]:
    made = Attachments(pool)
    yield made
    made.close()


@pytest.fixture
def read(attachments: Attachments, tmp_path: Path) -> Callable[[str, bytes], FilePart]:
    """Writes a file, and returns what is read of it."""

    def read(name: str, data: bytes) -> FilePart:
        (tmp_path / name).write_bytes(data)
        return attachments.read(str(tmp_path / name)).result(WAIT_SECONDS)

    return read


def refusal(read: Callable[[str, bytes], FilePart], name: str, data: bytes) -> AttachmentError:
    with pytest.raises(AttachmentError) as caught:
        read(name, data)
    assert name in explain(caught.value.info).sentence
    return caught.value


def test_text_is_read_in_its_encoding(read: Callable[[str, bytes], FilePart]) -> None:
    assert read("a.py", b"print('hi')\r\n") == FilePart(name="a.py", text="print('hi')\n", size=13)
    assert read("b.txt", "Grüße".encode("utf-16")).text == "Grüße"
    assert read("c.txt", "Grüße".encode("latin-1")) == FilePart(
        name="c.txt", text="Grüße", size=5, guessed_encoding="Latin-1"
    )


def test_what_is_no_text_is_refused_in_words(
    attachments: Attachments, read: Callable[[str, bytes], FilePart], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal(read, "a.bin", bytes(100)).code is ErrorCode.ATTACHMENT_NOT_TEXT
    assert refusal(read, "empty.txt", b" \n").code is ErrorCode.ATTACHMENT_EMPTY
    monkeypatch.setattr(service, "MOST_TEXT_BYTES", 20)
    assert refusal(read, "large.txt", b"x" * 21).code is ErrorCode.ATTACHMENT_TOO_LARGE
    monkeypatch.setattr(service, "MOST_CHARACTERS", 10)
    assert refusal(read, "long.txt", b"x" * 11).code is ErrorCode.ATTACHMENT_TOO_LONG
    for path, code in (
        (tmp_path, ErrorCode.ATTACHMENT_IS_FOLDER),
        (tmp_path / "gone", ErrorCode.ATTACHMENT_UNREADABLE),
    ):
        error = attachments.read(str(path)).exception(WAIT_SECONDS)
        assert isinstance(error, AttachmentError)
        assert error.code is code


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_not_waited_for(attachments: Attachments, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    error = attachments.read(str(tmp_path / "pipe")).exception(WAIT_SECONDS)
    assert isinstance(error, AttachmentError)
    assert error.code is ErrorCode.ATTACHMENT_NOT_TEXT


def test_pdfs_are_read_page_by_page(read: Callable[[str, bytes], FilePart]) -> None:
    pytest.importorskip("pypdf")
    data = pdf("The first page", "", "The third page")
    part = read("report.pdf", data)
    assert part == FilePart(
        name="report.pdf", text="The first page\n\nThe third page", size=len(data), pages=3, blank_pages=1
    )
    assert read("no_suffix", data).pages == 3


def test_pdfs_without_text_locked_or_damaged_are_told_apart(
    read: Callable[[str, bytes], FilePart], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pypdf = pytest.importorskip("pypdf")
    assert refusal(read, "scan.pdf", pdf("", "")).code is ErrorCode.ATTACHMENT_PDF_SCANNED
    assert refusal(read, "broken.pdf", b"%PDF-1.7\n" + b"nothing" * 50).code is ErrorCode.ATTACHMENT_PDF_DAMAGED
    assert refusal(read, "none.pdf", pdf()).code is ErrorCode.ATTACHMENT_PDF_DAMAGED
    (tmp_path / "open.pdf").write_bytes(pdf("Secret"))
    writer = pypdf.PdfWriter(clone_from=tmp_path / "open.pdf")
    writer.encrypt("key", algorithm="RC4-128")
    writer.write(tmp_path / "locked.pdf")
    assert refusal(read, "again.pdf", (tmp_path / "locked.pdf").read_bytes()).code is ErrorCode.ATTACHMENT_PDF_LOCKED
    monkeypatch.setattr(service, "MOST_CHARACTERS", 5)
    assert refusal(read, "long.pdf", pdf("More than five")).code is ErrorCode.ATTACHMENT_TOO_LONG


def test_mutated_pdfs_are_read_or_refused(attachments: Attachments, tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    whole = pdf("Some words on a page", "and more of them on the next one")
    allowed = (None, ErrorCode.ATTACHMENT_PDF_DAMAGED, ErrorCode.ATTACHMENT_PDF_SCANNED)
    reads = []
    for place in range(9, len(whole), len(whole) // 20):
        for number, data in enumerate((whole[:place], whole[:place] + b"\xff<<" + whole[place + 3 :])):
            (tmp_path / f"{place}-{number}.pdf").write_bytes(data)
            reads.append(attachments.read(str(tmp_path / f"{place}-{number}.pdf")))  # together: one helper reads all
    for each in reads:
        error = each.exception(WAIT_SECONDS)
        assert (error.code if isinstance(error, AttachmentError) else error) in allowed


def hanging(connection: "Connection[bytes, bytes]") -> None:
    """Be a helper that takes for ever over a file called 'hangs', ends over 'dies', and reads others."""
    wire: Wire[protocol.Command] = Wire(connection, protocol.Command)
    wire.send(protocol.Ready(protocol.VERSION))
    while isinstance(command := wire.receive(), protocol.ReadPdf):
        name = Path(command.path).name
        if name == "hangs":
            wire.receive()
        elif name == "dies":
            os._exit(3)
        wire.send(protocol.PdfRead(command.request_id, name, 1, 0))


def test_a_pdf_that_hangs_or_kills_the_helper_is_told_and_the_next_one_is_read(
    pool: ThreadPoolExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachments = Attachments(pool, hanging)
    for name in ("dies", "fine", "hangs"):
        (tmp_path / name).write_bytes(b"%PDF-1.4")
    expected = (("dies", ErrorCode.ATTACHMENT_PDF_STOPPED), ("hangs", ErrorCode.ATTACHMENT_PDF_TIMEOUT))
    for name, code in expected:
        monkeypatch.setattr(service, "PDF_SECONDS", 0.2 if name == "hangs" else WAIT_SECONDS)
        error = attachments.read(str(tmp_path / name)).exception(WAIT_SECONDS)
        assert isinstance(error, AttachmentError)
        assert error.code is code
        assert name in explain(error.info).sentence
        monkeypatch.setattr(service, "PDF_SECONDS", WAIT_SECONDS)
        assert attachments.read(str(tmp_path / "fine")).result(WAIT_SECONDS).text == "fine"
    attachments.close()


def test_without_the_reader_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from desktop_app.helper.pdf import read_pdf

    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(AttachmentError) as caught:
        read_pdf(protocol.ReadPdf(request_id="r", path=str(tmp_path / "a.pdf"), most=10))
    assert caught.value.code is ErrorCode.ATTACHMENT_PDF_READER_MISSING


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow no names that are no text")
def test_a_name_that_is_no_text_can_be_kept_and_sent(attachments: Attachments, tmp_path: Path) -> None:
    for name, content in ((b"caf\xe9.txt", b"Hello"), ("café.txt".encode(), b"Hello")):
        file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
        file.write_bytes(content)
        part = attachments.read(str(file)).result(WAIT_SECONDS)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(part), type=FilePart) == part
        assert part.name == name.decode("utf-8", "replace")
