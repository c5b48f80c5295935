"""Says what there is to say where no window is: what it waits for, why there can be none, or that everything is deleted."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.own_data import Erasure
from desktop_app.services.words.error_text import explain
from desktop_app.support.i18n import _

LEFT_SHOWN = 20
"""How many files that could not be deleted are named."""
PATIENCE_SECONDS = 2.0
"""How long something may take before a word is said of it."""
LOOK_MS = 50
"""How often it is looked then whether it is done."""

_Result = TypeVar("_Result")


def wait_with_words(ask: Callable[[], _Result], make_application: Callable[[], object]) -> _Result | None:
    """Ask the program that is running already, and say so where that takes longer than a moment.

    Return what came of it, None where the person gave up. Raises what `ask` raises.
    """
    asked: Future[_Result] = Future()

    def work() -> None:
        try:
            asked.set_result(ask())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits for it
            asked.set_exception(error)

    threading.Thread(target=work, name="ask-owner", daemon=True).start()  # nobody waits for one that was given up
    ended = threading.Event()
    asked.add_done_callback(lambda _asked: ended.set())
    if not ended.wait(PATIENCE_SECONDS):
        make_application()
        box = QMessageBox(QMessageBox.Icon.Information, "Inglenook", _("Inglenook is running already."))
        box.setInformativeText(_("It is busy, and does not answer yet. Its window comes forward as soon as it does."))
        box.setStandardButtons(QMessageBox.StandardButton.Cancel)
        looking = QTimer(box, interval=LOOK_MS)
        looking.timeout.connect(lambda: box.accept() if ended.is_set() else None)
        looking.start()
        box.exec()
    return asked.result() if ended.is_set() else None


def say_why_not(error: ErrorInfo) -> None:
    """Show why there can be no window, and what to do next, until the person has read it."""
    explanation = explain(error)
    box = QMessageBox(QMessageBox.Icon.Critical, _("Inglenook cannot start"), explanation.sentence)
    box.setInformativeText(explanation.next_step)
    box.exec()


def say_erased(erased: Erasure) -> None:
    """Say that everything is deleted, or what is still there, until the person has read it."""
    if erased.left:
        kind, words = QMessageBox.Icon.Warning, _("Not everything could be deleted.")
        about = "\n".join([_("Delete these yourself:"), "", *erased.left[:LEFT_SHOWN]])
    else:
        kind, words = QMessageBox.Icon.Information, _("Everything is deleted.")
        about = _("Inglenook has closed. When you open it again, it starts as it did the first time.")
    box = QMessageBox(kind, "Inglenook", words)
    box.setInformativeText(about)
    box.exec()
