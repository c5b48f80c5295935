"""The process that makes HTML and PDF of chats: it has no window, and may be ended at any moment.

The owner imports this module to spawn it, so nothing heavy is imported here.
"""

import os
import sys
from typing import TYPE_CHECKING

from desktop_app.domain.exports import ExportFormat
from desktop_app.services.chat_files.pages import PageWriter, serve
from desktop_app.support.pipe import Pipe

if TYPE_CHECKING:
    from PySide6.QtGui import QGuiApplication


def run(connection: Pipe, language: str) -> None:
    """Serve the owner at the other end of `connection`."""
    if sys.platform.startswith("linux"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"  # elsewhere only the platform's own plugin knows its fonts
    os.environ["QT_MAC_DISABLE_FOREGROUND_APPLICATION_TRANSFORM"] = "1"
    kept: list[QGuiApplication] = []
    serve(connection, language, lambda wanted: _writer(wanted, kept))


def _writer(wanted: ExportFormat, kept: "list[QGuiApplication]") -> PageWriter:
    if wanted is ExportFormat.HTML:
        from desktop_app.gui.export.html import write_html

        return write_html
    from desktop_app.gui.system import plain_imports  # noqa: F401  # before PySide6

    # isort: split
    from PySide6.QtCore import QLoggingCategory
    from PySide6.QtGui import QGuiApplication

    from desktop_app.gui.export.pdf import write_pdf

    if not kept:
        QLoggingCategory.setFilterRules("qt.text.font.db.warning=false")  # a missing font shows as boxes
        kept.append(QGuiApplication(sys.argv[:1]))
    return write_pdf
