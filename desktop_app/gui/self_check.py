"""Tries for real what the window needs of an installed copy: Qt's plugins and their libraries, painting, paper, colours."""

import importlib.util
import os
import sys
import time
from pathlib import Path

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.exports import Export, ExportFormat
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.gui.system.window_system import load_plugin
from desktop_app.services.self_check import Check, CheckFailed
from desktop_app.support.i18n import _, ngettext
from desktop_app.support.paths import resources

_PICTURES = ("svg", "jpg", "png", "webp")
_PLATFORMS = ("xcb", "wayland")
"""Qt's plugins for the two window systems of Linux; each names the libraries of the system that it needs."""
_PIXELS = 64


def window_checks() -> list[Check]:
    """Return the checks that import Qt; the platform's own plugin is loaded, and no window is shown."""
    linux = [Check(name=_("window systems"), work=_window_systems)] if sys.platform.startswith("linux") else []
    return [
        Check(name=_("painting"), work=_painting),
        *linux,
        Check(name=_("chats on paper"), work=_paper),
        Check(name=_("colours of code"), work=_lexers),
    ]


def _painting(_folder: Path) -> str:
    """Paint the app's icon, and ask which pictures can be read."""
    from PySide6.QtCore import Qt, qVersion
    from PySide6.QtGui import QIcon, QImage, QImageReader, QPainter

    _application()
    image = QImage(_PIXELS, _PIXELS, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QIcon(str(resources() / "icons" / "app.svg")).paint(painter, image.rect())
    painter.end()
    if image.pixelColor(_PIXELS // 2, _PIXELS // 2).alpha() == 0:
        raise CheckFailed(_("The app's icon was not painted."))
    kinds = {bytes(kind.data()).decode() for kind in QImageReader.supportedImageFormats()}
    if missing := [kind for kind in _PICTURES if kind not in kinds]:
        raise CheckFailed(_("Pictures of these kinds cannot be read: {kinds}.").format(kinds=", ".join(missing)))
    return f"Qt {qVersion()}, {', '.join(_PICTURES)}"


def _application() -> object:
    """Return Qt's application, made without a window system where there is none yet."""
    from PySide6.QtGui import QGuiApplication

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    return QGuiApplication.instance() or QGuiApplication(sys.argv[:1])


def _window_systems(_folder: Path) -> str:
    """Load the plugins of both window systems as Qt does; the linker names a library that the system lacks."""
    for name in _PLATFORMS:
        load_plugin(name)
    return ", ".join(_PLATFORMS)


def _paper(folder: Path) -> str:
    """Let the process that makes pages write one."""
    from desktop_app.gui.export import process
    from desktop_app.services.chat_files.pages import PageMaker

    file = folder / "chat.pdf"
    now = time.time()
    message = Message(
        id="1",
        chat_id="1",
        parent_id=None,
        role=Role.USER,
        parts=(TextPart("Name a boat. `heron`"),),
        status=MessageStatus.COMPLETE,
        created_at=now,
    )
    chat = Chat(id="1", title="Boats", created_at=now, updated_at=now, leaf_id="1")
    with PageMaker(process.run, "") as maker:
        wanted = Export(format=ExportFormat.PDF, target=str(file))
        maker.make(Conversation(chat=chat, messages=(message,)), wanted, file, lambda _done, _total: None)
    if not file.read_bytes().startswith(b"%PDF"):
        raise CheckFailed(_("What was written is not a PDF."))
    return _("a PDF was made in a process of its own")


def _lexers(_folder: Path) -> str:
    """Find the module of every language that code is coloured in, and colour a line."""
    from pygments.lexers import LEXERS

    from desktop_app.gui.chat.documents.highlight import LineHighlighter

    lost = sorted({entry[0] for entry in LEXERS.values() if importlib.util.find_spec(entry[0]) is None})
    if lost:
        raise CheckFailed(_("These are missing: {modules}.").format(modules=", ".join(lost)))
    if len({tone for tone, _text in LineHighlighter("python").feed("def boat(): return 'heron'\n")}) < 2:
        raise CheckFailed(_("A line of code stayed without colours."))
    return ngettext("{count} language", "{count} languages", len(LEXERS)).format(count=len(LEXERS))
