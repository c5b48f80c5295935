"""The row below the field of the composer: files, hints, the token count, and the buttons; narrow composers leave some out."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.gui.look.theme import MEDIUM, Theme
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize, ElidedLabel, IconButton, Label
from desktop_app.support.i18n import _

MOST_TEMPLATE = 240
HINT_FROM = 520
"""A composer that is narrower than this, in pixels at 100 %, has no room for the hint beside what else is in its row."""
LEAST_ADVICE = 120
"""Advice that has less room than this says nothing."""
HINT_STRETCH = 1000


class ComposerRow(QHBoxLayout):
    """Makes its parts as children of the composer, in the order in which Tab goes through them."""

    def __init__(self, theme: Theme, composer: QWidget) -> None:
        super().__init__()
        self._theme = theme
        self._composer = composer
        self._template_words = ""
        self.advice = ""
        """How the question could be clearer, which stands in the hint's place when that says it; empty for nothing."""
        self.words: tuple[str, ...] = ("",)
        """What the hint says: the first of these that there is room for, else the last one."""
        self.attach = IconButton(theme, "attach", _("Attach files"), parent=composer)
        self.template = Button(theme, "", size=ButtonSize.SMALL, icon="close", parent=composer)
        self.template.setAccessibleName(_("Remove the template"))
        self.template.hide()
        self.hint = ElidedLabel(theme, "", "small", "muted", parent=composer)
        self.why = Button(theme, _("Why?"), kind=ButtonKind.QUIET, size=ButtonSize.SMALL, parent=composer)
        self.why.setAccessibleName(_("Why the question could be clearer"))
        self.tokens = Label(theme, "", "small", "muted", parent=composer)
        self.cancel = Button(theme, _("Cancel"), size=ButtonSize.SMALL, parent=composer)
        self.cancel.setAccessibleName(_("Cancel"))
        self.later = Button(theme, _("Ask next"), size=ButtonSize.SMALL, parent=composer)
        self.send = Button(theme, _("Send"), kind=ButtonKind.PRIMARY, parent=composer)
        self.addWidget(self.attach)
        self.addWidget(self.template)
        self.addWidget(self.hint, HINT_STRETCH)
        self.addWidget(self.why)
        self.addStretch(1)
        for part in (self.tokens, self.cancel, self.later, self.send):
            self.addWidget(part)

    @property
    def is_wide(self) -> bool:
        """Whether there is room for everything."""
        return self._composer.width() >= self._theme.px(HINT_FROM)

    def set_theme(self, theme: Theme) -> None:
        """Take over spaces, and the width of Send, which is that of all words it may have."""
        self._theme = theme
        self.setSpacing(theme.px(8))
        self.send.setFixedWidth(max(self._width_of(_("Send")), self._width_of(_("Stop")), self._width_of(_("Save"))))

    def set_template(self, title: str, details: str) -> None:
        """Name the template that the question comes from, with what it brings along; empty for none. To be fitted then."""
        self._template_words = _("Template: {title}").format(title=title) if title else ""
        if title:
            self.template.setAccessibleName(_("{template}, remove it").format(template=self._template_words))
        self.template.setToolTip("\n".join(part for part in (details, _("Click to remove the template.")) if part))

    def fit(self, *, can_wait: bool) -> None:
        """Give the parts what room there is; a question that `can_wait` has a button for that."""
        has_template = bool(self._template_words)
        self.template.setVisible(has_template)
        self.hint.setVisible(self.is_wide or not (has_template or can_wait))
        self._fit_advice()
        self._fit_cancel()
        if has_template:
            self._fit_template()
        self._fit_words()

    def _fit_advice(self) -> None:
        """Let the button stand where the words end; narrow composers leave the count out, then the words."""
        px = self._theme.px
        advises = bool(self.advice) and self.words == (self.advice,)
        self.why.setVisible(advises)
        self.setStretchFactor(self.hint, 0 if advises else HINT_STRETCH)
        self.tokens.setVisible(not advises or self.is_wide)
        others = self.why.sizeHint().width() + self.send.width() + self.attach.width() + px(28 + 5 * 8)
        has_room = self._composer.width() - others >= px(LEAST_ADVICE)
        self.why.set_content(_("Why?") if has_room else _("A hint…"))
        self.why.setToolTip(self.advice)
        if advises:
            self.hint.setVisible(has_room)

    def _fit_cancel(self) -> None:
        """Leave the count out of composers that are too narrow for all, then the word for Cancel."""
        self.cancel.set_content(_("Cancel"))
        self.cancel.setToolTip("")
        if self._room_left < 0:
            self.tokens.hide()
        if self._room_left < 0:
            self.cancel.set_content("", "close")
            self.cancel.setToolTip(_("Cancel"))

    def _fit_template(self) -> None:
        """Cut the template's name where it is narrow."""
        room = min(self._theme.px(MOST_TEMPLATE), max(0, self._room_left))
        shown = self.template.fontMetrics().elidedText(self._template_words, Qt.TextElideMode.ElideRight, room)
        if shown != self.template.text():
            self.template.set_content(shown, "close")

    def _fit_words(self) -> None:
        """Say no more than there is room for beside what else stands in the row."""
        px, metrics = self._theme.px, self.hint.fontMetrics()
        parts = (self.attach, self.template, self.tokens, self.cancel, self.later)
        others = [part for part in parts if part.isVisibleTo(self._composer)]
        taken = self.send.width() + sum(part.sizeHint().width() for part in others)
        room = self._composer.width() - taken - px(28 + (len(others) + 2) * 8)
        fitting = (words for words in self.words if metrics.horizontalAdvance(words) <= room)
        self.hint.setText(next(fitting, self.words[-1]))

    @property
    def _room_left(self) -> int:
        """How much room there is beside what is shown, however little the template's name and the hint say."""
        parts = (self.attach, self.template, self.hint, self.why, self.tokens, self.cancel, self.later)
        shown = [part for part in parts if part.isVisibleTo(self._composer)]
        needed = self.send.width() + sum(map(self._least_width, shown)) + self._theme.px(28 + 8 * len(shown))
        return self._composer.width() - needed

    def _least_width(self, part: QWidget) -> int:
        least = part.minimumSizeHint().width()
        if part is self.template:
            return least - self.template.fontMetrics().horizontalAdvance(self.template.text())
        return 0 if part is self.hint and not self.words[-1] else least

    def _width_of(self, words: str) -> int:
        """Return how wide a button with these words is; it has its own font after the composer."""
        metrics = QFontMetrics(self._theme.font("body", MEDIUM))
        return metrics.horizontalAdvance(words) + 2 * self._theme.px(16)
