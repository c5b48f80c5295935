"""The window that stands where the chats were while they are locked: it asks for the passphrase, or says what is done."""

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QCloseEvent,
    QIcon,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QShortcut,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop_app.gui.look.theme import Theme, retheme
from desktop_app.gui.system.window_place import LEAST_SIZE, bring_forward, bring_to_place, most_size
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize, Label
from desktop_app.gui.widgets.passphrase_field import PassphraseField
from desktop_app.gui.widgets.progress_bar import ProgressBar
from desktop_app.gui.widgets.scrolled_body import UprightArea
from desktop_app.gui.widgets.switch import Switch
from desktop_app.services.words.locking_words import remember_words, wait_words
from desktop_app.settings.window_state import WindowState
from desktop_app.support.i18n import _
from desktop_app.support.paths import resources

COLUMN = 420
"""How wide the words are at most, in pixels at 100 %."""
ICON = 40
SECOND_MS = 1000


class LockWindow(QWidget):
    """Shows one of three things: a question for the passphrase, work that goes on, or what went wrong.

    `unlock_requested` carries the passphrase and whether it is to be remembered; `stop_requested` gives the work up,
    `continued` goes on after what went wrong, and `afresh_requested` leaves the locked chats where they are.
    `quit_requested` is for the end of the app, which may live on in the tray where this is only closed.
    """

    unlock_requested = Signal(str, bool)
    afresh_requested = Signal()
    stop_requested = Signal()
    continued = Signal()
    quit_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.setObjectName("lock-window")
        self.setWindowTitle("Inglenook")
        self.setWindowIcon(QIcon(str(resources() / "icons" / "app.svg")))
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app)
        self._wait_seconds = 0
        self._is_early = False
        self._is_entered = False
        self._second = QTimer(self)
        self._second.setInterval(SECOND_MS)
        self._second.timeout.connect(self._count_down)
        self._make(theme)
        self._lay_out(theme)
        self._connect()
        least = QSize(theme.px(LEAST_SIZE.width()), theme.px(LEAST_SIZE.height()))
        self.setMinimumSize(least.boundedTo(most_size(self.screen().availableSize())).expandedTo(LEAST_SIZE))
        self.show_work(_("Your chats are locked"), _("Opening…"))

    # What others call

    def restore(self, state: WindowState) -> None:
        """Stand where the window was left, or in the middle of the screen."""
        bring_to_place(self, state.geometry)

    def ask_early(self) -> None:
        """Ask for the passphrase while nobody can try it yet: `ask` has that done with what was typed and entered."""
        self.ask()
        self._is_early = True
        self.afresh.setEnabled(False)
        self._allow()

    def ask(self, words: str = "") -> None:
        """Ask for the passphrase; `words` say why once more."""
        if self._is_early:
            self.afresh.setEnabled(True)
        was_entered, self._is_early, self._is_entered = self._is_entered, False, False
        self._show_only(self._question)
        self.title.setText(_("Your chats are locked"))
        self.words.setText(_("Type the passphrase to open them."))
        self.show_trouble(words)
        self._allow()
        self.field.line.setFocus(Qt.FocusReason.OtherFocusReason)
        if was_entered:
            self._ask_to_unlock()

    def show_trouble(self, words: str) -> None:
        """Say what is wrong with what was typed, or nothing."""
        self.trouble.setText(words)
        self.trouble.setVisible(bool(words))
        if words:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    def refuse(self, words: str, wait_seconds: int) -> None:
        """Say that it was not the passphrase, and take no other one for a while."""
        self.field.clear()
        self.ask(words)
        self._wait_seconds = wait_seconds
        if wait_seconds:
            self._second.start()
            self._allow()

    def show_opening(self) -> None:
        """Say that the passphrase is being tried; nothing can be typed meanwhile."""
        self.unlock.setEnabled(False)
        self.field.setEnabled(False)
        self.trouble.setVisible(False)

    def show_work(self, title: str, words: str, *, can_stop: bool = False) -> None:
        """Say what is being done."""
        self._show_only(self._work)
        self.title.setText(title)
        self.words.setText(words)
        self.bar.setVisible(False)
        self.stop.setVisible(can_stop)

    def show_progress(self, done: int, total: int) -> None:
        """Say how much of the work is done, and of how much."""
        self.bar.setVisible(True)
        self.bar.set_fraction(done / max(1, total))

    def show_failure(self, title: str, words: str) -> None:
        """Say what went wrong, until the person goes on."""
        self._show_only(self._failure)
        self.title.setText(title)
        self.words.setText(words)
        self.go_on.setFocus(Qt.FocusReason.OtherFocusReason)

    def come_forward(self) -> None:
        """Bring the window to the front."""
        bring_forward(self)

    def set_theme(self, theme: Theme) -> None:
        """Show everything in `theme`."""
        self.theme = theme
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app)
        retheme(self, theme)
        self._draw_icon()
        self.update()

    # Qt's own

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the ground."""
        QPainter(self).fillRect(self.rect(), self.theme.colors.window)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close; the session ends with its last window."""
        self.field.clear()
        event.accept()

    # What it does

    def _ask_to_unlock(self) -> None:
        self._is_entered = self._is_early
        if self.unlock.isEnabled():
            passphrase = self.field.text
            self.show_opening()
            self.unlock_requested.emit(passphrase, self.remember.isChecked())

    def _count_down(self) -> None:
        self._wait_seconds -= 1
        if self._wait_seconds <= 0:
            self._second.stop()
        self._allow()

    def _allow(self) -> None:
        """Take a passphrase where one is typed and nobody has to wait."""
        waits = self._wait_seconds > 0
        self.waiting.setText(wait_words(self._wait_seconds) if waits else "")
        self.waiting.setVisible(waits)
        self.field.setEnabled(True)
        self.unlock.setEnabled(bool(self.field.text) and not waits and not self._is_early)

    def _show_forgotten(self, shows: bool) -> None:
        self.lost.setVisible(shows)

    def _show_only(self, part: QWidget) -> None:
        for each in (self._question, self._work, self._failure):
            each.setVisible(each is part)

    # Building

    def _draw_icon(self) -> None:
        theme = self.theme
        self._icon.setPixmap(theme.icons.pixmap("lock", theme.colors.muted, theme.px(ICON), self.devicePixelRatioF()))

    def _make(self, theme: Theme) -> None:
        self._icon = QLabel(self)
        self._draw_icon()
        self.title = Label(theme, "", "title", wraps=True, parent=self)
        self.words = Label(theme, "", "body", "muted", wraps=True, parent=self)
        self._question = QWidget(self)
        self.field = PassphraseField(theme, _("Passphrase"), self._question)
        self.trouble = Label(theme, "", "body", "bad", wraps=True, parent=self._question)
        self.waiting = Label(theme, "", "small", "muted", wraps=True, parent=self._question)
        self.remember = Switch(theme, self._question)
        self.unlock = Button(theme, _("Unlock"), kind=ButtonKind.PRIMARY, parent=self._question)
        self.forgotten = Button(
            theme, _("Forgotten?"), kind=ButtonKind.QUIET, size=ButtonSize.SMALL, parent=self._question
        )
        self.forgotten.setCheckable(True)
        self.lost = QWidget(self._question)
        self.afresh = Button(theme, _("Start with an empty history…"), parent=self.lost)
        self._work = QWidget(self)
        self.bar = ProgressBar(theme, _("Progress"), self._work)
        self.stop = Button(theme, _("Cancel"), parent=self._work)
        self._failure = QWidget(self)
        self.go_on = Button(theme, _("Go on"), kind=ButtonKind.PRIMARY, parent=self._failure)

    def _lay_out(self, theme: Theme) -> None:
        px = theme.px
        middle = QWidget()
        middle.setMaximumWidth(px(COLUMN))
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addStretch(1)
        column.addWidget(self._icon)
        column.addSpacing(px(4))
        for widget in (self.title, self.words, self._question, self._work, self._failure):
            column.addWidget(widget)
        column.addStretch(2)
        self._lay_out_question(theme)
        self._lay_out_rest(theme)
        body = QWidget()
        body.setProperty("look", "page")
        row = QHBoxLayout(body)
        row.setContentsMargins(px(24), px(24), px(24), px(24))
        row.addStretch(1)
        row.addWidget(middle, 1000)
        row.addStretch(1)
        area = UprightArea(self)
        area.show_body(body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def _lay_out_question(self, theme: Theme) -> None:
        px = theme.px
        column = QVBoxLayout(self._question)
        column.setContentsMargins(0, px(8), 0, 0)
        column.setSpacing(px(10))
        column.addWidget(self.field)
        column.addWidget(self.trouble)
        column.addWidget(self.waiting)
        row = QHBoxLayout()
        row.setSpacing(px(12))
        words = remember_words()
        self.remember.setAccessibleName(words)
        row.addWidget(Label(theme, words, "small", "muted", wraps=True, parent=self._question), 1)
        row.addWidget(self.remember)
        column.addLayout(row)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self.unlock)
        row.addWidget(self.forgotten)
        row.addStretch(1)
        column.addLayout(row)
        lost = QVBoxLayout(self.lost)
        lost.setContentsMargins(0, 0, 0, 0)
        lost.setSpacing(px(10))
        told = _(
            "Without the passphrase nobody can open these chats, and nobody can reset it. You can begin with an empty history: the locked chats are moved to the backups, and can be restored from there should you remember it."
        )
        lost.addWidget(Label(theme, told, "small", "muted", wraps=True, parent=self.lost))
        lost.addWidget(self.afresh, 0, Qt.AlignmentFlag.AlignLeading)
        column.addWidget(self.lost)
        self.lost.setVisible(False)

    def _lay_out_rest(self, theme: Theme) -> None:
        work = QVBoxLayout(self._work)
        work.setContentsMargins(0, theme.px(8), 0, 0)
        work.setSpacing(theme.px(16))
        work.addWidget(self.bar)
        work.addWidget(self.stop, 0, Qt.AlignmentFlag.AlignLeading)
        failure = QVBoxLayout(self._failure)
        failure.setContentsMargins(0, theme.px(8), 0, 0)
        failure.addWidget(self.go_on, 0, Qt.AlignmentFlag.AlignLeading)

    def _connect(self) -> None:
        QShortcut(QKeySequence(QKeySequence.StandardKey.Quit), self, self.quit_requested.emit)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Close), self, self.close)
        self.field.changed.connect(self._allow)
        self.field.entered.connect(self._ask_to_unlock)
        self.unlock.clicked.connect(self._ask_to_unlock)
        self.forgotten.toggled.connect(self._show_forgotten)
        self.afresh.clicked.connect(self.afresh_requested)
        self.stop.clicked.connect(self.stop_requested)
        self.go_on.clicked.connect(self.continued)
