"""What the live parts of the tour have in common: they ask the model, and say in a line what was seen."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.domain.errors import ErrorInfo
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.panel.sampling.parameter_row import VALUE_OVERHANG
from desktop_app.gui.tour.asking import Asking, Wish
from desktop_app.services.words.error_text import explain


class LivePart(Themed, QWidget):
    """The part of a step in which something real happens.

    Its column ends as far before its edge as a value's field reaches beyond the slider: rows with sliders take that room.

    `saw` carries a sentence that the real result gave, `failed` one that says why there is none.
    """

    saw = Signal(str)
    failed = Signal(str)
    needs_model = True
    """Whether there has to be a model that answers."""

    def __init__(self, theme: Theme, asking: Asking) -> None:
        QWidget.__init__(self)
        self.theme = theme
        self.asking = asking
        self._wishes: list[Wish] = []
        self.column = QVBoxLayout(self)
        set_margins(self.column, 0, 0, theme.px(VALUE_OVERHANG), 0)
        self.column.setSpacing(theme.px(12))

    def enter(self) -> None:
        """The step is shown, and the model is ready where one is needed."""

    def leave(self) -> None:
        """The step is hidden: nothing is waited for any more."""
        wishes, self._wishes = self._wishes, []
        for wish in wishes:
            wish.drop()

    def wait_for(self, wish: Wish) -> Wish:
        """Give `wish` up when the step is left; at once where it was left before what was typed there was asked for."""
        if not self.isVisible():
            wish.drop()
            return wish
        self._wishes = [known for known in self._wishes if known.is_open]
        self._wishes.append(wish)
        return wish

    def fail(self, error: ErrorInfo) -> None:
        """Say why nothing came, and what to do next."""
        explanation = explain(error)
        self.failed.emit(explanation.text)
