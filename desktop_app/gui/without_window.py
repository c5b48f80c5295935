"""Says what there is to say where no window is: why there can be none, or that everything is deleted."""

from PySide6.QtWidgets import QMessageBox

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.own_data import Erasure
from desktop_app.services.words.error_text import explain
from desktop_app.support.i18n import _

LEFT_SHOWN = 20
"""How many files that could not be deleted are named."""


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
