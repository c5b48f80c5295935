"""The page of the guided tour: its steps, what each says, and the part in which something real happens."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QHideEvent,
    QKeySequence,
    QResizeEvent,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.tour import STEPS, TourProgress, TourStep, beside
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.panel.sampling.parameter_row import VALUE_OVERHANG
from desktop_app.gui.tour.part import LivePart
from desktop_app.gui.tour.rail import Rail
from desktop_app.gui.tour.words import step_words
from desktop_app.gui.widgets.announcing import announce
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize, Card, IconButton, Label
from desktop_app.gui.widgets.long_text import LongText
from desktop_app.gui.widgets.pages import Page, page_title
from desktop_app.gui.widgets.painting import key_hint
from desktop_app.support.i18n import _

COLUMN = 980
COMPACT, IN_HEAD, HEADED = 720, 560, 380
"""Below these widths of the page, in pixels at 100 %, the steps are a row of numbers in the head, then one below it, and
the head has buttons alone."""
NEXT_KEYS, BACK_KEYS = "Ctrl+PgDown", "Ctrl+PgUp"
MakePart = Callable[[TourStep], LivePart]


class TourPage(Page):
    """Shows one step at a time; `progress_changed` carries where the person is and what is done.

    Whoever makes the page gives it `make_part` before it is shown. While there is a `hindrance`, steps that need the
    model show that sentence in the place of their part.
    """

    progress_changed = Signal(object)
    left = Signal()
    way_on_chosen = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.make_part: MakePart | None = None
        self.progress = TourProgress()
        self.parts: dict[TourStep, LivePart] = {}
        self._hindrance = ""
        self._way_on = ""
        self._entered: LivePart | None = None
        self._body: QBoxLayout | None = None
        self._lines: dict[TourStep, tuple[str, str]] = {}
        for keys, by in ((NEXT_KEYS, 1), (BACK_KEYS, -1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda by=by: self._walk(by))

    @property
    def step(self) -> TourStep:
        """The step that is shown."""
        return self.progress.step

    def column_width(self) -> int:
        """Room for the rail and two columns of bars."""
        return COLUMN

    def go_on(self, progress: TourProgress) -> None:
        """Show the step at which the person left."""
        self.progress = progress
        if self._body is not None:
            self._show_step()

    def show_hindrance(self, words: str, way_on: str = "") -> None:
        """Say why the model cannot be asked now, empty where it can; `way_on` names a button that helps."""
        if (words, way_on) != (self._hindrance, self._way_on):
            self._hindrance, self._way_on = words, way_on
            if self._body is not None:
                self._show_part()

    def forget_parts(self) -> None:
        """Begin every step anew, since another model answers."""
        self._leave_part()
        for part in self.parts.values():
            part.hide()
            part.deleteLater()
        self.parts, self._lines = {}, {}
        if self._body is not None:
            self._show_step()

    # Building

    def build(self, column: QVBoxLayout) -> None:
        """Make the head, the rail and the place of the steps."""
        theme, px = self.theme, self.theme.px
        self._leave_part()
        self.parts, self._lines = {}, {}
        self.rail = Rail(theme)
        self.rail.chosen.connect(self.show_step)
        self.number = Label(theme, "", "small", "muted")
        self.title = Label(theme, "", "title", wraps=True)
        self.text = Label(theme, "", "body", wraps=True)
        self.obstacle = Label(theme, "", "body", "muted", wraps=True)
        self.way_on = Button(theme, _("Choose a model"), size=ButtonSize.SMALL)
        self.way_on.clicked.connect(self.way_on_chosen)
        self.card = Card(theme)
        self._inside = QVBoxLayout(self.card)
        set_margins(self._inside, px(16), px(16), px(16 - VALUE_OVERHANG), px(16))
        self._inside.setSpacing(px(12))
        self._inside.addWidget(self.obstacle)
        self._inside.addWidget(self.way_on, 0, Qt.AlignmentFlag.AlignLeft)
        self.seen_heading = Label(theme, _("What you saw"), "small", weight=SEMIBOLD)
        self.seen = LongText(theme, "", "body", wraps=True)
        column.addLayout(self._head())
        column.addSpacing(px(16))
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._body.setSpacing(px(24))
        self._body.addLayout(self._step_column(), 1)
        column.addLayout(self._body)
        column.addStretch(1)
        self._arrange()
        self._show_step()

    def _head(self) -> QHBoxLayout:
        theme, px = self.theme, self.theme.px
        self.back_button = Button(theme, _("Back"), size=ButtonSize.SMALL)
        self.back_button.setToolTip(_("The step before ({keys})").format(keys=key_hint(BACK_KEYS)))
        self.back_button.clicked.connect(lambda: self._walk(-1))
        self.next_button = Button(theme, _("Next"), kind=ButtonKind.PRIMARY, size=ButtonSize.SMALL)
        self.next_button.setToolTip(_("The next step ({keys})").format(keys=key_hint(NEXT_KEYS)))
        self.next_button.clicked.connect(lambda: self._walk(1))
        self.leave_button = IconButton(theme, "close", _("Leave the tour; it goes on here next time"))
        self.leave_button.clicked.connect(self.left)
        self.heading = page_title(Label(theme, _("How it works"), "title", wraps=True))
        row = self._head_row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self.heading, 1000)
        row.addStretch(1)
        for button in (self.back_button, self.next_button, self.leave_button):
            row.addWidget(button)
        return row

    def _step_column(self) -> QVBoxLayout:
        px = self.theme.px
        column = QVBoxLayout()
        column.setSpacing(px(4))
        column.addWidget(self.number)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addSpacing(px(8))
        column.addWidget(self.card)
        column.addSpacing(px(8))
        column.addWidget(self.seen_heading)
        column.addWidget(self.seen)
        column.addStretch(1)
        return column

    # Walking

    def show_step(self, step: TourStep) -> None:
        """Show a step, wherever the person was."""
        self._go(self.progress.moved(step))

    def _walk(self, by: int) -> None:
        """Go a step on, which marks this one as done, or back; behind the last one the tour is over."""
        progress = self.progress.with_done(self.step) if by > 0 else self.progress
        step = beside(self.step, by)
        if step is not None:
            self._go(progress.moved(step))
        elif by > 0:
            self._go(progress.moved(STEPS[0]))
            self.left.emit()

    def _go(self, progress: TourProgress) -> None:
        self.progress = progress
        self.progress_changed.emit(progress)
        self._show_step()
        self.verticalScrollBar().setValue(0)
        announce(self, _("Step {number}: {title}").format(number=self._place, title=step_words(self.step).title))

    @property
    def _place(self) -> int:
        return STEPS.index(self.step) + 1

    # Showing

    def _show_step(self) -> None:
        words = step_words(self.step)
        self.rail.show_state(self.step, self.progress.done)
        self.number.setText(_("Step {number} of {count}").format(number=self._place, count=len(STEPS)))
        self.title.setText(words.title)
        self.text.setText(words.text)
        self.back_button.setEnabled(self.step is not STEPS[0])
        is_last = self.step is STEPS[-1]
        self.next_button.set_content(_("Finish") if is_last else _("Next"))
        self._show_part()

    def _show_part(self) -> None:
        """Show the live part of the step, or what hinders it."""
        part = self._part(self.step)
        is_hindered = part is None or (part.needs_model and bool(self._hindrance))
        self.obstacle.setText(self._hindrance)
        self.obstacle.setVisible(is_hindered)
        self.way_on.set_content(self._way_on or self.way_on.text())
        self.way_on.setVisible(is_hindered and bool(self._way_on))
        for each in self.parts.values():
            is_wanted = each is part and not is_hindered
            if not is_wanted:
                self.hold_focus(each)
            each.setVisible(is_wanted)
        wanted = part if part is not None and part.isVisible() else None  # while it is made it can ask for nothing
        if wanted is not self._entered:
            self._leave_part()
            self._entered = wanted
            if wanted is not None:
                wanted.enter()
        self._show_line()

    def _part(self, step: TourStep) -> LivePart | None:
        if step not in self.parts and self.make_part is not None:
            part = self.parts[step] = self.make_part(step)
            part.saw.connect(lambda words: self._note(step, words, "text"))
            part.failed.connect(lambda words: self._note(step, words, "bad"))
            self._inside.addWidget(part)
        return self.parts.get(step)

    def _note(self, step: TourStep, words: str, color: str) -> None:
        self._lines[step] = (words, color)
        if step is self.step:
            self._show_line()
            announce(self, words)

    def _show_line(self) -> None:
        words, color = self._lines.get(self.step, ("", "text"))
        shown = bool(words) and self._entered is not None
        self.seen.setText(words)
        self.seen.set_color(color)
        self.seen.setVisible(shown)
        self.seen_heading.setVisible(shown and color == "text")

    def _leave_part(self) -> None:
        part, self._entered = self._entered, None
        if part is not None:
            part.leave()

    def apply_theme(self) -> None:
        """Enter the step that was made anew for another text size."""
        super().apply_theme()
        if self._body is not None:
            self._show_part()

    def showEvent(self, event: QShowEvent) -> None:
        """Go on where the person left."""
        super().showEvent(event)
        self._show_part()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for nothing more."""
        super().hideEvent(event)
        self._leave_part()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the steps in a row where there is little room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Put the rail beside the steps; where it is narrow into the head, or below it where that has no room either."""
        if self._body is None:
            return
        px, width = self.theme.px, self.viewport().width()
        compact, in_head = width < px(COMPACT), px(IN_HEAD) <= width < px(COMPACT)
        self._head_row.removeWidget(self.rail)
        self._body.removeWidget(self.rail)
        self.rail.set_compact(compact)
        if in_head:
            self._head_row.insertWidget(0, self.rail)
        else:
            self._body.insertWidget(0, self.rail, 0, Qt.AlignmentFlag.AlignTop)
        self.heading.setVisible(not in_head and width >= px(HEADED))
        self.number.setVisible(not compact)  # the row of numbers says it
        self._body.setDirection(QBoxLayout.Direction.TopToBottom if compact else QBoxLayout.Direction.LeftToRight)
        self._body.setSpacing(px(12 if compact else 24))
