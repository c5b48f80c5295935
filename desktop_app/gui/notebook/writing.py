"""The sheet on which a text of the notebook is written: its field, how the model goes on, and what it says meanwhile."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from desktop_app.domain.models import ModelFile
from desktop_app.domain.notebook import LENGTH, UNTIL_STOPPED, Continuation, first_line
from desktop_app.domain.presets import Preset, applied, built_in, is_in_force
from desktop_app.domain.sampling import Sampling, with_changes
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.notebook.editor import NotebookEditor, room_beside
from desktop_app.gui.notebook.finding import TextFinding
from desktop_app.gui.widgets.announcing import announce
from desktop_app.gui.widgets.choice import small_choice
from desktop_app.gui.widgets.context_meter import ContextMeter
from desktop_app.gui.widgets.controls import (
    Button,
    ButtonKind,
    ButtonSize,
    ElidedLabel,
    Ground,
    IconButton,
    Label,
)
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.long_text import LongText
from desktop_app.gui.widgets.pages import page_title, stacked_below
from desktop_app.gui.widgets.painting import key_hint
from desktop_app.support.formats import number
from desktop_app.support.i18n import _, ngettext

GO_ON_KEYS = "Ctrl+Return"
LENGTHS = (20, 50, 100, LENGTH, 500, 1000, 2000)
NARROW = 680
"""Below this width of the text, in pixels at 100 %, what is told stands above the buttons."""
NARROWER = 460
"""Below this one, the main button does not say its keys, so that all are in one line."""
NARROWEST = 320
"""Below this one, what is told stands below how much the model sees, too."""
LOW = 600
"""Below this height the model alone is chosen beside the text; all else is among the values."""
WIDEST_MODEL = 180


class WritingView(Ground):
    """Shows one text; what needs a model, the disk or another window is asked for by signals."""

    closed = Signal()
    go_on_requested = Signal()
    cursor_requested = Signal()
    again_requested = Signal()
    stop_requested = Signal()
    model_chosen = Signal(str)
    sampling_chosen = Signal(object)
    values_requested = Signal()
    export_requested = Signal()
    copy_requested = Signal()
    chat_requested = Signal()
    delete_requested = Signal()
    refused = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "window", parent=parent)
        self._sampling = Sampling()
        self._own: Sequence[Preset] = ()
        self.back = IconButton(theme, "chevron-left", _("Back to all texts"), parent=self)
        self.back.clicked.connect(self.closed)
        self.title = page_title(ElidedLabel(theme, "", "title", parent=self))
        self.more = IconButton(theme, "more", _("More about this text"), parent=self)
        self.more.clicked.connect(lambda: self.menu().popup(self.more.mapToGlobal(QPoint(0, self.more.height()))))
        self._make_tools()
        self.left_out = LongText(theme, "", "small", "muted", wraps=True, parent=self)
        self.left_out.hide()
        self.editor = NotebookEditor(theme, self)
        self.editor.continued.connect(self.refresh)
        self.editor.textChanged.connect(self.refresh)
        self.editor.edited.connect(self._forget_state)
        self._finding: TextFinding | None = None
        self._make_foot()
        shortcut = QShortcut(QKeySequence(GO_ON_KEYS), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self._go_on)
        self._lay_out()
        self.apply_theme()
        self.refresh()

    @property
    def finding(self) -> TextFinding:
        """What finds words in the text, made when it is first asked for."""
        if self._finding is None:
            self._finding = TextFinding(self.theme, self.editor)
        return self._finding

    def end_finding(self) -> None:
        """Find nothing any more: the text is left."""
        if self._finding is not None:
            self._finding.put_away()

    # Building

    def _make_tools(self) -> None:
        theme = self.theme
        self.tools = Flow(theme, self)
        self.model = small_choice(theme, _("Model"), self)
        self.preset = small_choice(theme, _("Preset"), self)
        self.length = small_choice(theme, _("Length of one continuation"), self)
        self.stop_at = small_choice(theme, _("Where a continuation ends"), self)
        self.values = Button(theme, _("Values…"), size=ButtonSize.SMALL, parent=self)
        self.values.setToolTip(_("All values by which the next token is chosen"))
        self.values.clicked.connect(self.values_requested)
        for choice in (self.model, self.preset, self.length, self.stop_at):
            choice.setToolTip(choice.accessibleName())
        for widget in (self.model, self.preset, self.length, self.stop_at, self.values):
            self.tools.add(widget)
        self.model.activated.connect(lambda _place: self.model_chosen.emit(self.model.currentData()))
        self.preset.activated.connect(self._choose_preset)
        self.length.activated.connect(lambda _place: self._choose(max_tokens=self.length.currentData()))
        self.stop_at.activated.connect(lambda _place: self._choose(stop=tuple(self.stop_at.currentData())))

    def _make_foot(self) -> None:
        theme = self.theme
        self.meter = ContextMeter(theme, self)
        self.meter.when_full = _("It is nearly full: the model will no longer see how the text begins.")
        self.status = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.previous = IconButton(theme, "chevron-left", _("Previous continuation"), parent=self)
        self.place = Label(theme, "", "small", "muted", parent=self)
        self.next = IconButton(theme, "chevron-right", _("Next continuation"), parent=self)
        self.again = Button(theme, _("Try again"), icon="regenerate", parent=self)
        self.again.setToolTip(_("Another continuation in the place of the last one, which stays within reach"))
        self.go_on = Button(
            theme, _("Go on"), kind=ButtonKind.PRIMARY, icon="continue", hint=key_hint(GO_ON_KEYS), parent=self
        )
        self.stop = Button(theme, _("Stop"), icon="stop", hint=key_hint("Esc"), parent=self)
        self.previous.clicked.connect(lambda: self.walk(-1))
        self.next.clicked.connect(lambda: self.walk(1))
        self.again.clicked.connect(self.again_requested)
        self.go_on.clicked.connect(self._go_on)
        self.stop.clicked.connect(self.stop_requested)

    def _lay_out(self) -> None:
        self._head = QHBoxLayout()
        self._head.addWidget(self.back)
        self._head.addWidget(self.title, 1)
        self._head.addWidget(self.more)
        self._told = told = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        told.addWidget(self.meter, 0, Qt.AlignmentFlag.AlignLeading)
        told.addWidget(self.status, 1)
        buttons = Flow(self.theme, self, at_end=True)
        for widget in (self.previous, self.place, self.next, self.again, self.go_on, self.stop):
            buttons.add(widget)
        self._foot = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._foot.addLayout(told, 1)
        self._foot.addWidget(buttons)
        self._column = QVBoxLayout(self)
        self._beside = []
        """What is as wide as the text; the field itself is wider, so that its scroll bar is at the edge."""
        for part in (self._head, self.tools, self.left_out, self._foot):
            row = QHBoxLayout()
            if isinstance(part, QWidget):
                row.addWidget(part)
            else:
                row.addLayout(part)
            self._column.addLayout(row)
            self._beside.append(row)
        self._column.insertWidget(3, self.editor, 1)
        self._spaced = (self._head, told, self._foot)

    def menu(self) -> QMenu:
        """Return the menu of what can be done with the text as a whole; the caller shows it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        has_text = self._has_text
        at_cursor = menu.addAction(self.theme.icon("continue"), _("Go on at the cursor"), self.cursor_requested.emit)
        at_cursor.setEnabled(self._can_at_cursor)
        menu.addSeparator()
        for icon, words, asks in (
            ("copy", _("Copy all"), self.copy_requested),
            ("export", _("Save as a file…"), self.export_requested),
            ("send", _("Ask about it in a new chat"), self.chat_requested),
        ):
            menu.addAction(self.theme.icon(icon), words, asks.emit).setEnabled(has_text)
        menu.addSeparator()
        menu.addAction(self.theme.icon("trash", "bad"), _("Delete this text"), self.delete_requested.emit)
        return menu

    # Showing

    def show_models(self, models: Sequence[ModelFile], path: str | None) -> None:
        """Offer these models, and show which one goes on."""
        self.model.clear()
        for model in models:
            self.model.addItem(f"{model.name} {model.quantization}".strip(), model.path)
        self.model.setCurrentIndex(self.model.findData(path))
        self.model.setEnabled(bool(models))

    def show_presets(self, own: Sequence[Preset]) -> None:
        """Offer these presets beside those that the app brings along."""
        self._own = own
        self.show_sampling(self._sampling)

    def show_sampling(self, sampling: Sampling) -> None:
        """Show how the next tokens are chosen, how many, and what ends them."""
        self._sampling = sampling
        presets = [*built_in(), *self._own]
        self.preset.clear()
        for preset in presets:
            self.preset.addItem(preset.name if preset in self._own else _(preset.name), preset)
        fitting = next((place for place, preset in enumerate(presets) if is_in_force(preset, sampling)), -1)
        if fitting < 0:
            self.preset.addItem(_("Values of your own"), None)
        self.preset.setCurrentIndex(fitting if fitting >= 0 else len(presets))
        self.length.clear()
        for length in sorted({*LENGTHS, sampling.max_tokens} - {UNTIL_STOPPED}):
            self.length.addItem(
                ngettext("{count} token", "{count} tokens", length).format(count=number(length)), length
            )
        self.length.addItem(_("Until stopped"), UNTIL_STOPPED)
        self.length.setCurrentIndex(self.length.findData(sampling.max_tokens))
        self.stop_at.clear()
        ends = [
            (_("Ends anywhere"), ()),
            (_("Ends with the line"), ("\n",)),
            (_("Ends with the paragraph"), ("\n\n",)),
        ]
        if sampling.stop not in [stop for _words, stop in ends]:
            ends.append((_("Ends at stop strings of your own"), sampling.stop))
        for words, stop in ends:
            self.stop_at.addItem(words, list(stop))
        self.stop_at.setCurrentIndex([stop for _words, stop in ends].index(sampling.stop))

    def show_state(self, words: str, *, is_error: bool = False, said: bool = False) -> None:
        """Say what happens, or how it ended; `said` to screen readers, too."""
        self.status.set_color("bad" if is_error else "muted")
        self.status.setText(words)
        if said:
            announce(self.status, words, urgent=is_error)

    def _forget_state(self) -> None:
        """Tell no more how the model ended, once a person changes the text."""
        if not self.editor.is_writing:
            self.show_state("")

    def show_seen(self, used: int | None, size: int | None, begin: int, begins_with: str) -> None:
        """Show how much of the context the text takes, and from which place on the model sees it."""
        self.meter.show_context(used, size)
        self.editor.set_seen_from(begin)
        words = _("The text is longer than the model's context. It sees the end alone, from “{words}” on.")
        self.left_out.setText(words.format(words=begins_with))
        self.left_out.setVisible(begin > 0)

    def refresh(self) -> None:
        """Offer what can be done now."""
        writes = self.editor.is_writing
        has_focus = self.go_on.hasFocus() or self.again.hasFocus() or self.stop.hasFocus()
        self.title.setText(self._title())
        self.stop.setVisible(writes)
        self.go_on.setVisible(not writes)
        self.go_on.setEnabled(self._has_text)
        self._show_takes()
        if has_focus and not (self.go_on.hasFocus() or self.again.hasFocus() or self.stop.hasFocus()):
            (self.stop if writes else self.go_on).setFocus(Qt.FocusReason.OtherFocusReason)

    def apply_theme(self) -> None:
        """Take over the room between the parts."""
        px = self.theme.px
        self._column.setContentsMargins(0, px(24), 0, px(16))
        self._column.setSpacing(px(12))
        for row in self._spaced:
            row.setSpacing(px(8))
        self.place.setMinimumHeight(self.next.sizeHint().height())
        for choice in (self.model, self.preset, self.length, self.stop_at):
            choice.setFont(self.theme.font("small"))
            choice.setFixedHeight(px(32))
            choice.setMaximumWidth(px(WIDEST_MODEL))
        self._turn()
        super().apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put what is told above the buttons where there is little room."""
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        px, room = self.theme.px, room_beside(self.theme, self.width())
        self._foot.setDirection(stacked_below(self.width() - 2 * room, px(NARROW)))
        has_room = self.width() - 2 * room >= px(NARROWER)
        self.go_on.set_hint(key_hint(GO_ON_KEYS) if has_room else "")
        self._told.setDirection(stacked_below(self.width() - 2 * room, px(NARROWEST)))
        for choice in (self.preset, self.length, self.stop_at):
            choice.setHidden(self.height() < px(LOW))
        for row in self._beside:
            row.setContentsMargins(room, 0, room, 0)

    def _title(self) -> str:
        block = self.editor.document().firstBlock()
        while block.isValid() and not (title := first_line(block.text())) and block.blockNumber() < 50:
            block = block.next()
        return title[:100] or _("New text")

    def _show_takes(self) -> None:
        last: Continuation | None = self.editor.last
        is_free = not self.editor.is_writing
        many = last is not None and len(last.takes) > 1
        for widget in (self.previous, self.place, self.next):
            widget.setVisible(many)
        self.again.setVisible(last is not None)
        self.again.setEnabled(is_free and last is not None and last.begin > 0)
        if last is not None:
            self.place.setText(_("{number} / {count}").format(number=last.shown + 1, count=len(last.takes)))
            self.previous.setEnabled(is_free and last.shown > 0)
            self.next.setEnabled(is_free and last.shown < len(last.takes) - 1)

    # What a person wants

    @property
    def _has_text(self) -> bool:
        """Whether something stands in the field, all of which is there."""
        return not (self.editor.document().isEmpty() or self.editor.is_filling)

    @property
    def _can_at_cursor(self) -> bool:
        is_free = self.go_on.isEnabled() and not self.editor.is_writing
        return is_free and self.editor.textCursor().position() > 0

    def _go_on(self) -> None:
        if self.go_on.isEnabled() and not self.editor.is_writing:
            self.go_on_requested.emit()

    def walk(self, by: int) -> None:
        """Show the next take of the last continuation, or the one before; none is shown behind the last one."""
        last = self.editor.last
        if last is None or len(last.takes) < 2:
            self.refused.emit(_("There is no other continuation here yet. “Try again” writes one."))
        elif not self.editor.is_writing:
            self.editor.show_take(last.shown + by)
            self.show_state("")  # it told of the other one

    def ask_again(self) -> None:
        """Have the model write again where it wrote last, or say why it cannot."""
        if self.again.isEnabled() and self.editor.last is not None:
            self.again_requested.emit()
        elif not self.editor.is_writing:
            self.refused.emit(_("The model wrote nothing last in this text. “Go on” has it write."))

    def ask_at_cursor(self) -> None:
        """Have the model write at the cursor, or say why it cannot."""
        if self._can_at_cursor:
            self.cursor_requested.emit()
        elif not self.editor.is_writing:
            self.refused.emit(
                _("Put the cursor behind some words first: the model goes on with what stands before it.")
            )

    def _choose_preset(self) -> None:
        preset = self.preset.currentData()
        if preset is not None:
            self.sampling_chosen.emit(applied(preset, self._sampling))

    def _choose(self, **changes: object) -> None:
        self.sampling_chosen.emit(with_changes(self._sampling, changes))
