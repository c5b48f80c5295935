"""How a picture is made: of a widget that has come to rest, in a file that is named after what it shows."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.gradual import Gradual

Size = tuple[int, int]
SIZES: tuple[Size, Size] = ((1360, 860), (900, 640))
NARROW: Size = (420, 640)
"""A window that is as narrow as it can be."""
REST_MS = 250
"""How long a window gets to fill and lay out what has just come to it."""
LAYOUT_TURNS = 8
"""How many layouts may ask for another one in turn."""


def settle(widget: QWidget, milliseconds: int = 60) -> None:
    """Let events, timers and layouts run, and lists that are filled bit by bit come to their end."""
    QTest.qWait(milliseconds)
    timers = [timer for gradual in widget.findChildren(Gradual) for timer in gradual.findChildren(QTimer)]
    while any(timer.isActive() for timer in timers):
        QTest.qWait(1)
    lay_out()
    widget.repaint()
    QApplication.processEvents()


def lay_out() -> None:
    """Let layouts come to their end; on a busy computer one turn takes as long as the wait in which several are done here."""
    for _turn in range(LAYOUT_TURNS):
        QApplication.processEvents()


def hover(widget: QWidget) -> None:
    """Bring the pointer over `widget`."""
    centre = QPointF(widget.rect().center())
    widget.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    QApplication.sendEvent(widget, QEnterEvent(centre, centre, QPointF(widget.mapToGlobal(QPoint(0, 0)))))


def discard(widget: QWidget) -> None:
    """Close and delete `widget` now, so that the next one does not pay for it."""
    widget.close()
    widget.deleteLater()
    QCoreApplication.sendPostedEvents(widget, QEvent.Type.DeferredDelete.value)


def save(widget: QWidget, file: Path) -> None:
    """Write what `widget` shows."""
    settle(widget)
    widget.grab().save(str(file))
    print(file)


def show(widget: QWidget) -> None:
    """Show a dialog, menu or window, if it is not shown yet."""
    if isinstance(widget, QDialog) and not widget.isVisible():
        widget.open()
    widget.show()


def file_name(name: str, theme: Theme, size: Size) -> str:
    """Return the name of a picture: of what, in which look, the window's size, the text's where it is not 100 %."""
    look = "dark" if theme.dark else "light"
    scale = f"-{round(theme.scale * 100)}" if theme.scale != 1 else ""
    return f"{name}-{look}-{size[0]}x{size[1]}{scale}.png"
