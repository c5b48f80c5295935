"""The page that brings chats in: from files of other apps, from what they keep on this computer, and from own exports."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.offers import FoundChats, Preview
from desktop_app.gui.composer.question_field import local_files
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.moving_in.door import Door
from desktop_app.gui.moving_in.offer import OfferPart
from desktop_app.gui.moving_in.offer_rows import OfferRows
from desktop_app.gui.moving_in.outcome import OutcomePart
from desktop_app.gui.moving_in.under_way import UnderWay
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.pages import Page, page_title
from desktop_app.services.chat_files.arrivals import Imported
from desktop_app.services.chat_files.import_words import folder_name
from desktop_app.services.words.error_text import explain
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _


class Step(Enum):
    """How far an import is."""

    DOOR = 0
    READING = 1
    OFFER = 2
    IMPORTING = 3
    DONE = 4


@dataclass(frozen=True, kw_only=True)
class Shown:
    """All that the page shows: `name` is what is read, `error` what was wrong with the last choice.

    `in_folder` says whether new chats go into a folder, `removed` that what came was moved to the trash.
    """

    step: Step = Step.DOOR
    found: Sequence[FoundChats] = ()
    error: ErrorInfo | None = None
    name: str = ""
    preview: Preview | None = None
    in_folder: bool = True
    outcome: Imported | None = None
    removed: bool = False


class MovingInPage(Page):
    """Leads through an import; it remembers where it is while other pages are looked at.

    `opened` tells that somebody looks at it. `path_chosen` names what is to be looked at; `import_requested` carries
    the preview, the ids of the chosen chats and the name of a folder for the new ones, empty for none.
    """

    opened = Signal()
    file_requested = Signal()
    folder_requested = Signal()
    path_chosen = Signal(str)
    import_requested = Signal(object, object, str)
    given_up = Signal()
    show_requested = Signal(object)
    removal_requested = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.rows = OfferRows(self)
        self.state = Shown()
        self.setAcceptDrops(True)

    # What others call

    @property
    def step(self) -> Step:
        """How far the import is."""
        return self.state.step

    def show_found(self, found: Sequence[FoundChats]) -> None:
        """Offer what other apps keep on this computer."""
        self.state = replace(self.state, found=found)
        if self.body is not None:
            self.door.show_found(found)

    def show_door(self, error: ErrorInfo | None = None) -> None:
        """Ask for a file, and say what was wrong with the last one."""
        self._go_to(replace(self.state, step=Step.DOOR, error=error))

    def show_reading(self, name: str) -> None:
        """Say that a file is being read."""
        self._go_to(replace(self.state, step=Step.READING, name=name))

    def show_preview(self, preview: Preview) -> None:
        """Say what would come, and let chats be chosen."""
        self.rows.show_preview(preview)
        is_other = preview != self.state.preview
        in_folder = preview.origin is not None if is_other else self.state.in_folder  # our own files know their folders
        self._go_to(replace(self.state, step=Step.OFFER, preview=preview, in_folder=in_folder))

    def show_importing(self) -> None:
        """Say that chats are on their way in."""
        self._go_to(replace(self.state, step=Step.IMPORTING))

    def show_progress(self, done: int, total: int) -> None:
        """Say how far what is under way is: bytes that are read, or chats that are here."""
        if self.body is None:
            return
        if self.step is Step.IMPORTING:
            self.under_way.show_chats(done, total)
        elif self.step is Step.READING:
            self.under_way.show_fraction(done, total)

    def show_outcome(self, outcome: Imported, *, removed: bool = False) -> None:
        """Say what came, or that it was removed again."""
        self._go_to(replace(self.state, step=Step.DONE, outcome=outcome, removed=removed))

    def take_over(self, former: "MovingInPage") -> None:
        """Show what the page of a window shows that was made anew."""
        self.rows.take_over(former.rows)
        self.show_found(former.state.found)
        self._go_to(former.state)

    # What it does itself

    def build(self, column: QVBoxLayout) -> None:
        """Make the head and the parts, of which one is shown."""
        theme, px = self.theme, self.theme.px
        self.about = Label(theme, "", "body", "muted", wraps=True)
        self.door = Door(theme)
        self.under_way = UnderWay(theme)
        self.offer = OfferPart(theme, self.rows)
        self.outcome = OutcomePart(theme)
        self._parts: dict[Step, QWidget] = {
            Step.DOOR: self.door,
            Step.READING: self.under_way,
            Step.OFFER: self.offer,
            Step.IMPORTING: self.under_way,
            Step.DONE: self.outcome,
        }
        column.addWidget(page_title(Label(theme, _("Import chats"), "title", wraps=True)))
        column.addSpacing(px(4))
        column.addWidget(self.about)
        column.addSpacing(px(16))
        column.addWidget(self.door)
        column.addWidget(self.under_way, 0, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.offer, 1)
        column.addWidget(self.outcome, 0, Qt.AlignmentFlag.AlignTop)
        column.addStretch(0)
        self._connect()
        self.door.show_found(self.state.found)
        self._refresh()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome a file or folder, unless something is under way."""
        if local_files(event.mimeData()) and self.step not in (Step.READING, Step.IMPORTING):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """Look at the first one that was dropped."""
        event.acceptProposedAction()
        self.path_chosen.emit(local_files(event.mimeData())[0])

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that somebody looks, and let the keyboard begin where something is to be done."""
        super().showEvent(event)
        if not event.spontaneous():
            self._focus()
            self.opened.emit()

    def _connect(self) -> None:
        self.door.file_requested.connect(self.file_requested)
        self.door.folder_requested.connect(self.folder_requested)
        self.door.path_chosen.connect(self.path_chosen)
        self.under_way.given_up.connect(self.given_up)
        self.offer.left.connect(self.show_door)
        self.offer.accepted.connect(self._accept)
        self.offer.folder_switch.toggled.connect(self._remember_folder)
        self.outcome.shown.connect(lambda: self.show_requested.emit(self.state.outcome))
        self.outcome.removal_requested.connect(lambda: self.removal_requested.emit(self.state.outcome))
        self.outcome.again_requested.connect(self._look_again)
        self.outcome.left.connect(self.show_door)

    def _accept(self) -> None:
        preview = self.state.preview
        assert preview is not None
        folder = folder_name(preview.origin) if self.state.in_folder else ""
        self.import_requested.emit(preview, frozenset(self.rows.chosen), folder)

    def _look_again(self) -> None:
        if self.state.preview is not None:
            self.path_chosen.emit(self.state.preview.path)

    def _remember_folder(self, in_folder: bool) -> None:
        self.state = replace(self.state, in_folder=in_folder)

    def _go_to(self, state: Shown) -> None:
        self.state = state
        if self.body is not None:
            self._refresh()
            self.verticalScrollBar().setValue(0)
            if self.isVisible():
                self._focus()
                self._announce()

    @property
    def spoken(self) -> str:
        """What is said aloud of the step that begins."""
        if self.step is Step.DOOR:
            return self._trouble()
        if self.step is Step.OFFER:
            return _lines(self.offer.title, self.offer.states, self.offer.losses)
        if self.step is Step.DONE:
            return _lines(self.outcome.title, self.outcome.words, self.outcome.trouble)
        return self.under_way.title.text()

    def _trouble(self) -> str:
        """Return what was wrong with the last choice; empty for nothing."""
        explanation = explain(self.state.error) if self.state.error is not None else None
        return paragraph((explanation.sentence, explanation.next_step)) if explanation is not None else ""

    def _announce(self) -> None:
        if self.spoken and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.spoken))

    def _refresh(self) -> None:
        """Show the part for the step, with what it is to say."""
        state = self.state
        if state.step is Step.DOOR:
            self.door.show_trouble(self._trouble())
        elif state.step is Step.READING:
            self.under_way.begin(_("Reading {file}…").format(file=state.name), _("Nothing is changed yet."))
        elif state.step is Step.IMPORTING:
            self.under_way.begin(_("Importing chats…"), _("You can go on chatting meanwhile."))
        elif state.step is Step.OFFER and state.preview is not None:
            self.offer.show_preview(state.preview, in_folder=state.in_folder)
        elif state.outcome is not None:
            self.outcome.show_outcome(state.outcome, removed=state.removed)
        shown = self._parts[self.step]
        for part in self._parts.values():
            part.setVisible(part is shown)
        self.about.setText(
            _(
                "From ChatGPT, Claude, Open WebUI, LM Studio, Jan, GPT4All, llama.cpp and text-generation-webui, with "
                "their branches, dates and models. Nothing leaves this computer."
            )
        )
        self.about.setVisible(self.step is Step.DOOR)

    def _focus(self) -> None:
        """Give the focus to what comes next."""
        target: QWidget = {
            Step.DOOR: self.door.file_button,
            Step.READING: self.under_way.cancel_button,
            Step.OFFER: self.offer.search,
            Step.IMPORTING: self.under_way.cancel_button,
            Step.DONE: self.outcome.show_button
            if self.outcome.show_button.isVisibleTo(self)
            else self.outcome.more_button,
        }[self.step]
        target.setFocus(Qt.FocusReason.OtherFocusReason)


def _lines(*labels: Label) -> str:
    """Return what labels say, each in a line of its own."""
    return "\n".join(label.text() for label in labels if label.text())
