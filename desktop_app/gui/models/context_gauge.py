"""How full the model's context is, as the top bar and the composer show it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class ContextGauge:
    """Knows how many tokens the open chat takes, None for unknown, and how many the context holds."""

    def __init__(self, window: "MainWindow") -> None:
        self._window = window
        self._used: int | None = None
        self._size: int | None = None

    def show(self, used: int | None, size: int | None) -> None:
        """Show what is used now; without a size the one before still counts."""
        self._used = used
        self.resize(size)

    def resize(self, size: int | None) -> None:
        """Show another size, where it is known."""
        self._size = size if size is not None else self._size
        self._window.top_bar.set_context(self._used, self._size)
        self._window.composer.set_context(self._used, self._size)
