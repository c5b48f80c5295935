"""Motion that Qt adds by itself: menus, lists and tooltips that unfold or fade where the platform likes that."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication


def allow_effects(app: QApplication, *, allowed: bool) -> None:
    """Let the platform's effects be as they were when this was first called, or have none."""
    wanted = app.property("platformEffects")
    if wanted is None:
        wanted = app.isEffectEnabled(Qt.UIEffect.UI_General)
        app.setProperty("platformEffects", wanted)
    app.setEffectEnabled(Qt.UIEffect.UI_General, bool(wanted) and allowed)
