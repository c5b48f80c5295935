"""The row under a message: how it ended, its siblings, what can be done with it, and its receipt."""

import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFocusEvent, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop_app.domain.messages import FinishReason, Message, MessageStatus, Receipt
from desktop_app.gui.chat.entries import Entry
from desktop_app.gui.look.lines import Lines
from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import MEDIUM, Theme, Themed
from desktop_app.gui.widgets.accessible import Spoken
from desktop_app.gui.widgets.controls import Button, ButtonSize, IconButton, Label
from desktop_app.support.formats import date, date_and_time, decimal, number, side_by_side, time_of_day
from desktop_app.support.i18n import _, ngettext

_BETWEEN = " · "
"""Stands between the parts of a receipt in every language."""
_ANSWER_TOP, _ANSWER_BOTTOM, _USER_HEIGHT, _BAR = 8, 22, 24, 28


class FooterOwner(Protocol):
    """What a footer asks of the view."""

    @property
    def shows_times(self) -> bool:
        """Whether footers say when messages were asked and written."""

    @property
    def edited_id(self) -> str:
        """The message that is being edited; empty for none."""

    def footer_action(self, entry: Entry, action: str) -> None:
        """Do 'copy', 'edit', 'regenerate', 'alternatives', 'glass', 'continue', 'retry', 'star' or 'more'."""

    def footer_step(self, entry: Entry, step: int) -> None:
        """Show the sibling `step` places on."""

    def footer_left(self) -> None:
        """Take the focus from a button that is about to go."""


def receipt_text(receipt: Receipt) -> str:
    """Return a receipt in one line: what the answer cost, or else what made it."""
    if receipt.is_foreign and not receipt.completion_tokens:
        return receipt.model_name
    tokens = ngettext("{count} token", "{count} tokens", receipt.completion_tokens).format(
        count=receipt.completion_tokens
    )
    if not receipt.completion_tokens:
        return tokens  # stopped before the first one, which came at no time and no speed
    return _("{tokens} · {speed} tok/s · first token after {seconds} s").format(
        tokens=tokens, speed=decimal(receipt.tokens_per_second, 0), seconds=decimal(receipt.seconds_to_first_token, 2)
    )


def pace_line(tokens: int, tokens_per_second: float) -> str:
    """Return in one line how far an answer is that is written, and how fast it comes."""
    count = ngettext("{count} token", "{count} tokens", tokens).format(count=number(tokens))
    return _("{tokens} · {speed} tok/s").format(tokens=count, speed=decimal(tokens_per_second, 0))


def moment_words(created: float) -> str:
    """Say when a message was made: the time of day, with the day before it unless that is today."""
    return time_of_day(created) if date(created) == date(time.time()) else date_and_time(created)


def end_line(answer: Message) -> str:
    """Return in one line how an answer that is no longer written ended, and what it cost."""
    if answer.is_edited:
        return _("Edited by you")
    receipt = receipt_text(answer.receipt) if answer.receipt is not None else ""
    if answer.status is MessageStatus.STOPPED:
        return _("Stopped · {receipt}").format(receipt=receipt) if receipt else _("Stopped")
    if answer.receipt is not None and answer.receipt.finish_reason is FinishReason.LENGTH:
        return _("Stopped at the length limit · {receipt}").format(receipt=receipt)
    return receipt


def _end(entry: Entry) -> str:
    if entry.is_streaming:
        return entry.pace
    return "" if entry.is_user else end_line(entry.view.message)


def status_lines(entry: Entry) -> tuple[str, str]:
    """Return how an answer ended in (sentence, next step), both empty where it ended well."""
    status = entry.view.message.status
    if status is MessageStatus.INTERRUPTED and entry.view.failure is None:
        return _("Interrupted: the model or the app ended before the answer was complete."), ""
    if status in (MessageStatus.FAILED, MessageStatus.INTERRUPTED):
        return entry.view.failure or (_("The answer failed."), "")
    return "", ""


def footer_height(theme: Theme, entry: Entry, width: int) -> int:
    """Return the height of the footer of `entry` in a column `width` pixels wide."""
    px = theme.px
    if entry.is_user:
        return px(_USER_HEIGHT)
    height = px(_ANSWER_TOP) + px(_BAR) + px(_ANSWER_BOTTOM)
    status = _status_height(theme, entry, width)
    return height + (status + px(8) if status else 0)


def _status_height(theme: Theme, entry: Entry, width: int) -> int:
    lines = status_lines(entry)
    if not lines[0]:
        return 0
    font, room = theme.font("label"), max(1, width - theme.px(28))
    height = sum(Lines(theme, font, line, room).height for line in lines if line)
    return height + theme.px(4) + (theme.px(40) if _can_retry(entry) else 0)


def _can_retry(entry: Entry) -> bool:
    return entry.view.message.status in (MessageStatus.FAILED, MessageStatus.INTERRUPTED)


class RevealedButton(IconButton):
    """An icon button that is only drawn while its footer is looked at; the keyboard always finds it."""

    revealed = True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw nothing while hidden."""
        if self.revealed or self.hasFocus():
            super().paintEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the neighbours too."""
        super().focusInEvent(event)
        parent = self.parentWidget()
        if isinstance(parent, Footer):
            parent.reveal(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the neighbours again."""
        super().focusOutEvent(event)
        parent = self.parentWidget()
        if isinstance(parent, Footer):
            parent.reveal(parent.underMouse())


class Footer(Spoken, Themed, QWidget):
    """A pooled footer; it shows the entry that it is lent to."""

    def __init__(self, theme: Theme, owner: FooterOwner, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._owner = owner
        self.setAutoFillBackground(True)  # or the conversation is drawn below it, with each line that comes
        self.setPalette(theme.palette())
        self.entry: Entry | None = None
        self._back = self._button("chevron-left", _("Previous version"), lambda entry: owner.footer_step(entry, -1), 24)
        self._count = Label(theme, "", "small", "muted", MEDIUM, parent=self)
        self._forth = self._button("chevron-right", _("Next version"), lambda entry: owner.footer_step(entry, 1), 24)
        self._copy = self._action("copy", _("Copy"))
        self._edit = self._action("edit", _("Edit"))
        self._regenerate = self._action("regenerate", _("Regenerate"))
        self._alternatives = self._action("alternatives", _("Three more answers"), "compare")
        self._glass = self._action("glass", _("Glass box"))
        self._continue = self._action("continue", _("Continue"))
        self._more = self._action("more", _("More: other answers, branches, receipt"))
        self._star = self._action("star", "")
        self._receipt = Label(theme, "", "small", "muted", parent=self)
        self._moment = self._end = ""
        self._sentence = Label(theme, "", "label", "bad", wraps=True, parent=self)
        self._next = Label(theme, "", "label", "muted", wraps=True, parent=self)
        self._retry = Button(theme, _("Try again"), size=ButtonSize.SMALL, icon="regenerate", parent=self)
        self._retry.clicked.connect(lambda: self._act("retry"))
        self._go_on = Button(theme, _("Continue"), size=ButtonSize.SMALL, icon="continue", parent=self)
        self._go_on.clicked.connect(lambda: self._act("continue"))
        for button in (self._retry, self._go_on):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _button(self, icon: str, name: str, action: Callable[[Entry], None], side: int) -> RevealedButton:
        button = RevealedButton(self.theme, icon, name, side=side, parent=self)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard where one types
        button.clicked.connect(lambda: action(self.entry) if self.entry is not None else None)
        return button

    @property
    def _actions(self) -> list[RevealedButton]:
        is_user = self.entry is not None and self.entry.is_user
        last = (self._more, self._star) if is_user else (self._star, self._more)  # the mark is near the bubble's edge
        return [
            self._copy,
            self._edit,
            self._continue,
            self._regenerate,
            self._alternatives,
            self._glass,
            *last,
        ]

    @property
    def _passing(self) -> list[QWidget]:
        """What is not there while an answer is written."""
        return [*self._actions, self._retry, self._go_on]

    def _action(self, name: str, label: str, icon: str = "") -> RevealedButton:
        return self._button(icon or name, label, lambda entry: self._owner.footer_action(entry, name), 28)

    def _act(self, name: str) -> None:
        if self.entry is not None:
            self._owner.footer_action(self.entry, name)

    def more_place(self) -> QPoint:
        """Return where on the screen the menu of more that can be done belongs."""
        return self._more.mapToGlobal(QPoint(0, self._more.height()))

    def chain(self) -> list[QWidget]:
        """Return what the keyboard visits, in order."""
        walker: list[QWidget] = [self._back, self._forth]
        actions: list[QWidget] = [*self._actions]
        is_user = self.entry is not None and self.entry.is_user
        widgets = [self._go_on, self._retry, *(actions + walker if is_user else walker + actions)]
        return [widget for widget in widgets if not widget.isHidden()]

    def lend(self, entry: Entry) -> None:
        """Show `entry`."""
        self.entry = entry
        self.setAccessibleName(_("What can be done with message {number}").format(number=entry.number))
        view = entry.view
        streaming = entry.is_streaming
        focused = self.window().focusWidget()
        if streaming and focused is not None and focused in self._passing:
            self._owner.footer_left()  # else Qt would give it to whatever comes next
        walks = view.sibling_count > 1
        self._count.setText(side_by_side([number(view.sibling_index + 1), number(view.sibling_count)], " / "))
        for widget in (self._back, self._count, self._forth):
            widget.setVisible(walks)
        self._back.setEnabled(view.sibling_index > 0)
        self._forth.setEnabled(view.sibling_index < view.sibling_count - 1)
        self._copy.setVisible(not streaming and bool(entry.text or entry.calls))
        self._edit.setVisible(not streaming and bool(entry.text))
        ended_well = not entry.is_user and not streaming and not _can_retry(entry)
        self._regenerate.setVisible(ended_well)
        self._alternatives.setVisible(ended_well)
        self._glass.setVisible(not entry.is_user and not streaming and bool(entry.text or entry.thought))
        self._continue.setVisible(ended_well and entry.can_go_on)
        self._more.setVisible(not streaming)
        self._show_star(view.message.starred, streaming=streaming)
        created = view.message.created_at if not streaming else 0.0
        self._moment = moment_words(created) if self._owner.shows_times and created > 0 else ""
        is_edited = entry.id == self._owner.edited_id
        self._end = _("Being edited") if is_edited else _end(entry)
        self._receipt.set_color("accent" if is_edited else "muted")
        self._receipt.setToolTip(side_by_side([date_and_time(created, seconds=True) if created > 0 else "", self._end]))
        sentence, step = ("", "") if streaming else status_lines(entry)
        self._sentence.set_color("bad" if view.message.status is MessageStatus.FAILED else "warn")
        self._sentence.setText(sentence)
        self._next.setText(step)
        for label in (self._sentence, self._next):
            label.setVisible(bool(label.text()))
        self._retry.setVisible(_can_retry(entry))
        self._go_on.setVisible(_can_retry(entry) and entry.can_go_on)
        self.reveal(not entry.is_user)
        self.arrange()

    def show_pace(self) -> None:
        """Show how far the answer is that is being written, of which nothing else has changed."""
        if self.entry is not None and self.entry.is_streaming:
            self._end = self.entry.pace
            self._receipt.setToolTip(self._end)
            self.arrange()

    def _show_star(self, starred: bool, *, streaming: bool) -> None:
        """Show whether the message has a star; that is a mark, which is drawn whatever is looked at."""
        name = _("Remove the star") if starred else _("Star this message")
        self._star.set_icon("star-on" if starred else "star", name, "accent" if starred else "muted")
        self._star.setVisible(starred or not streaming)

    def reveal(self, shown: bool) -> None:
        """Draw the buttons, or only keep their places."""
        shown = shown or (self.entry is not None and not self.entry.is_user)
        is_starred = self.entry is not None and self.entry.view.message.starred
        for button in self._actions:
            button.revealed = shown or (button is self._star and is_starred)
            button.update()

    def apply_theme(self) -> None:
        """Take over sizes, and the ground."""
        self.setPalette(self.theme.palette())
        self.arrange()

    def arrange(self) -> None:
        """Put everything into its place."""
        entry = self.entry
        if entry is None:
            return
        px, width = self.theme.px, self.width()
        top = 0 if entry.is_user else px(_ANSWER_TOP)
        for label in (self._sentence, self._next):
            if label.isHidden():
                continue
            height = label.heightForWidth(width)
            label.setGeometry(0, top, width, height)
            top += height + px(2)
        if not self._retry.isHidden():
            left = 0
            for button in (self._go_on, self._retry):
                if not button.isHidden():
                    area = QRect(left, top + px(6), button.sizeHint().width(), px(32))
                    button.setGeometry(placed(self, area, self.rect()))
                    left += button.width() + px(8)
            top += px(40)
        if top > px(_ANSWER_TOP):
            top += px(4)
        self._arrange_bar(entry, top)

    def _arrange_bar(self, entry: Entry, top: int) -> None:
        px, width = self.theme.px, self.width()
        walker: list[QWidget] = [self._back, self._count, self._forth]
        actions: list[QWidget] = [*self._actions]
        # actions of a question are seldom drawn, so the walker stands at the bubble's edge
        bar = actions + walker if entry.is_user else walker + actions
        shown = [widget for widget in bar if not widget.isHidden()]
        side = px(24) if entry.is_user else px(28)
        gap = px(4)
        widths = [widget.sizeHint().width() if widget in walker else side for widget in shown]
        row = px(_USER_HEIGHT) if entry.is_user else px(_BAR)
        taken = sum(widths) + gap * (len(shown) - 1)
        beside = self._fit_receipt(max(0, width - taken - px(12)))
        left = width - taken - (beside + px(8) if beside else 0) if entry.is_user else -px(4)
        for widget, size in zip(shown, widths, strict=True):
            height = px(24) if widget in walker else side
            widget.setGeometry(placed(self, QRect(left, top + (row - height) // 2, size, height), self.rect()))
            left += size + gap
        self._receipt.setGeometry(placed(self, QRect(width - beside, top, beside, row), self.rect()))

    def _fit_receipt(self, room: int) -> int:
        """Say when it was and how it ended, of which the last goes first where there is little room; return how wide that is."""
        ends = self._end.split(_BETWEEN)
        shorter = (_BETWEEN.join(ends[:count]) for count in range(len(ends), -1, -1))
        for words in (side_by_side([self._moment, end]) for end in shorter):
            self._receipt.setText(words)
            wide = self._receipt.sizeHint().width() if words else 0
            if wide <= room:
                break
        else:
            wide = 0
        self._receipt.setVisible(wide > 0)
        return wide
