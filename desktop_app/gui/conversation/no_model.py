"""Says that something needs a model while none is chosen."""

from functools import partial
from typing import TYPE_CHECKING

from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


def ask_for_model(window: "MainWindow") -> None:
    """Say in the window's notice that a model is to be chosen first, and lead to where that is done."""
    window.notice.show_notice(
        _("Choose a model first"), (_("Choose a model"), partial(window.show_page, "models")), timeout=0
    )
