"""The helper process: does for the owner what is slow or hostile, and may be ended at any moment.

The owner imports this module to spawn it, so nothing heavy is imported here.
"""

import contextlib
import os
import sys
from typing import TYPE_CHECKING, assert_never

from desktop_app.domain.errors import AppError
from desktop_app.protocol import helper as protocol
from desktop_app.protocol.wire import Wire
from desktop_app.support.child import live_with_parent
from desktop_app.support.pipe import Pipe

if TYPE_CHECKING:
    from desktop_app.helper.prompt_templates import PromptFiller
    from desktop_app.helper.spelling import Dictionaries
    from desktop_app.helper.templates import TemplateRenderer

MEMORY_BYTES = 1 << 30
"""Memory that the process may take; a template that wants more gets a MemoryError, or ends the process."""
CPU_SECONDS = 10
"""Processor time for one request, should the owner not end the process first (POSIX)."""
PDF_CPU_SECONDS = 60
"""Processor time for a PDF, which may have a thousand pages."""
EXPORT_CPU_SECONDS = 60
"""Processor time for each part of an export, of which there may be thousands."""
SPELLING = (protocol.CheckWords, protocol.LookUpWord, protocol.ListDictionaries)
"""What dictionaries are asked for."""


def run(connection: Pipe) -> None:
    """Be the helper until `Stop`, or until the other end of `connection` is gone."""
    live_with_parent()
    from desktop_app.helper.memory import MemoryLimit
    from desktop_app.helper.prompt_templates import PromptFiller  # Jinja: only in this process
    from desktop_app.helper.templates import TemplateRenderer

    limit = MemoryLimit(MEMORY_BYTES)
    wire: Wire[protocol.Command] = Wire(connection, protocol.Command)
    renderer, filler = TemplateRenderer(), PromptFiller()
    dictionaries: Dictionaries | None = None
    try:
        wire.send(protocol.Ready(protocol.VERSION))
        while not isinstance(command := wire.receive(), protocol.Stop):
            limit_time(cpu_seconds(command))
            try:
                with limit.work():
                    if isinstance(command, SPELLING):
                        dictionaries = dictionaries or _dictionaries()
                        wire.send(_spelled(command, dictionaries))
                    else:
                        _answer(command, wire, renderer, filler)
            except AppError as error:
                wire.send(protocol.Failed(command.request_id, error.info))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the owner is gone
    os._exit(0)  # the owner waits for the end, and nothing here is worth taking apart: dictionaries are freed in 20 ms


def _answer(
    command: protocol.RenderTemplate | protocol.FillTemplates | protocol.ReadPdf | protocol.ReadExport,
    wire: "Wire[protocol.Command]",
    renderer: "TemplateRenderer",
    filler: "PromptFiller",
) -> None:
    """Send what a request asks for; raises AppError."""
    from desktop_app.helper.exports.reading import read_export
    from desktop_app.helper.pdf import read_pdf

    match command:
        case protocol.RenderTemplate():
            wire.send(protocol.Rendered(command.request_id, renderer.render(command)))
        case protocol.FillTemplates():
            wire.send(protocol.Filled(command.request_id, filler.fill(command)))
        case protocol.ReadPdf():
            wire.send(read_pdf(command))
        case protocol.ReadExport():
            for event in read_export(command):
                limit_time(cpu_seconds(command))
                wire.send(event)
        case _:
            assert_never(command)


def _dictionaries() -> "Dictionaries":
    from desktop_app.helper.spelling import Dictionaries  # the library: only where somebody's spelling is checked

    return Dictionaries()


def _spelled(
    command: protocol.CheckWords | protocol.LookUpWord | protocol.ListDictionaries, dictionaries: "Dictionaries"
) -> protocol.Event:
    match command:
        case protocol.CheckWords():
            return dictionaries.check(command)
        case protocol.LookUpWord():
            return dictionaries.look_up(command)
        case protocol.ListDictionaries():
            return dictionaries.tell(command)
        case _:
            assert_never(command)


def cpu_seconds(command: protocol.Command) -> int:
    """Return the processor time that a request may take, or an export until its next part."""
    if isinstance(command, protocol.ReadExport):
        return EXPORT_CPU_SECONDS
    return PDF_CPU_SECONDS if isinstance(command, protocol.ReadPdf) else CPU_SECONDS


def limit_time(seconds: int) -> None:
    """Give the next request `seconds` of processor time, counted from now, where the platform can."""
    if sys.platform != "win32":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        soft = int(used.ru_utime + used.ru_stime) + seconds
        with contextlib.suppress(ValueError, OSError):  # a kernel that takes none; the owner ends what takes too long
            resource.setrlimit(resource.RLIMIT_CPU, (_at_most(soft, hard), hard))


def _at_most(wish: int, hard: int) -> int:
    return wish if hard < 0 else min(wish, hard)
