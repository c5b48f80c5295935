"""The filters of the search in all chats: small menus for the model, the time and the side that wrote."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QActionGroup, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QWidget

from desktop_app.domain.messages import Role
from desktop_app.domain.search import SearchFilter
from desktop_app.gui.controls import RingedButton
from desktop_app.gui.painting import paint_box
from desktop_app.gui.theme import Theme, Themed
from desktop_app.support.i18n import _, ngettext

DAYS = (0, 7, 30, 365)
"""The times that are offered: today, and so many days back."""
Span = tuple[date | None, date | None]
"""The first and the last day that count; None for no bound."""


class FilterButton(RingedButton):
    """A button that shows what is chosen of its menu; it stands out where that is not all."""

    def __init__(self, theme: Theme, name: str, fill: Callable[[QMenu], None], parent: QWidget | None = None) -> None:
        """`fill` makes the menu's entries each time that it is opened."""
        super().__init__(theme, name, parent)
        self._name = name
        self._fill = fill
        self._is_chosen = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._open)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the font."""
        self.setFont(self.theme.font("small"))
        super().apply_theme()

    def show_choice(self, words: str, *, is_chosen: bool) -> None:
        """Show what is chosen."""
        self._is_chosen = is_chosen
        self.setText(words)
        choice = words if is_chosen else _("any")
        self.setAccessibleName(_("{filter}: {choice}").format(filter=self._name, choice=choice))
        self.setToolTip(self.accessibleName())
        self.update()

    def menu_now(self) -> QMenu:
        """Return the menu; the caller shows it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill(menu)
        return menu

    def sizeHint(self) -> QSize:
        """As high as its target needs; the width is shared with the others."""
        return QSize(self.theme.px(60), self.theme.px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw words and a chevron."""
        px = self.theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = "selected" if self.isDown() else "hover" if self.underMouse() else "raised"
        line = "accent" if self._is_chosen else "control_line"
        paint_box(painter, self.rect(), self.theme, fill=fill, line=line, ring=self.has_ring)
        color = "accent" if self._is_chosen else "text"
        painter.setFont(self.font())
        painter.setPen(self.theme.colors.named(color))
        area = self.rect().adjusted(px(8), 0, -px(20), 0)
        shown = QFontMetrics(self.font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        chevron = QRectF(self.width() - px(21), 0, px(18), self.height())
        self.theme.paint_icon(painter, chevron, "chevron-down", "muted", 14)
        painter.end()

    def _open(self) -> None:
        self.menu_now().popup(self.mapToGlobal(self.rect().bottomLeft()))


class SearchFilters(Themed, QWidget):
    """The buttons side by side; `changed` tells that another choice was made, `days_requested` asks for two days."""

    changed = Signal()
    days_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._models: Sequence[str] = ()
        self._model = ""
        self._role: Role | None = None
        self._span: Span = (None, None)
        self._span_words = ""
        self.model = FilterButton(theme, _("Model"), self._fill_models, self)
        self.time = FilterButton(theme, _("Time"), self._fill_times, self)
        self.role = FilterButton(theme, _("Writer"), self._fill_roles, self)
        self._row = QHBoxLayout(self)
        for button in (self.model, self.time, self.role):
            self._row.addWidget(button, 1)
        self.apply_theme()
        self._show()

    def apply_theme(self) -> None:
        """Take over the gaps."""
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(self.theme.px(4))
        super().apply_theme()

    def set_models(self, names: Sequence[str]) -> None:
        """Offer these models."""
        self._models = names

    @property
    def is_set(self) -> bool:
        """Whether anything is left out."""
        return bool(self._model) or self._role is not None or self._span != (None, None)

    @property
    def concerns_titles(self) -> bool:
        """Whether chats can be found by their titles: a title has a time, but nobody who wrote it."""
        return not self._model and self._role is None

    def chosen(self) -> SearchFilter:
        """Return what is chosen; days are those of the local time zone."""
        first, last = self._span
        return SearchFilter(
            model=self._model,
            role=self._role,
            since=_midnight(first) if first is not None else None,
            until=_midnight(last + timedelta(days=1)) if last is not None else None,
        )

    def clear(self) -> None:
        """Leave nothing out."""
        self._model, self._role, self._span = "", None, (None, None)
        self._tell()

    def choose_model(self, name: str) -> None:
        """Find only what belongs to one model; empty for all."""
        self._model = name
        self._tell()

    def choose_role(self, role: Role | None) -> None:
        """Find only what one side wrote; None for both."""
        self._role = role
        self._tell()

    def choose_days(self, first: date | None, last: date | None, words: str = "") -> None:
        """Find only what was written from `first` to `last`, both included."""
        self._span, self._span_words = (first, last), words
        self._tell()

    @property
    def span(self) -> Span:
        """The days that are chosen."""
        return self._span

    def _tell(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self.model.show_choice(self._model or _("Model"), is_chosen=bool(self._model))
        self.role.show_choice(_role_name(self._role) if self._role else _("Writer"), is_chosen=self._role is not None)
        has_span = self._span != (None, None)
        self.time.show_choice(self._span_words if has_span else _("Time"), is_chosen=has_span)

    def _fill_models(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        for name in ("", *self._models):
            _add(menu, group, name or _("Any model"), name == self._model, partial(self.choose_model, name))

    def _fill_roles(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        for role in (None, Role.USER, Role.ASSISTANT):
            _add(menu, group, _role_name(role), role is self._role, partial(self.choose_role, role))

    def _fill_times(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        today = datetime.now().astimezone().date()
        offered: list[tuple[str, Span]] = [(_("Any time"), (None, None))]
        offered += [(days_name(days), (today - timedelta(days=max(0, days - 1)), None)) for days in DAYS]
        for words, span in offered:
            _add(menu, group, words, span == self._span, partial(self.choose_days, *span, words))
        menu.addSeparator()
        is_own = self._span not in [span for _words, span in offered]
        _add(menu, group, _("From … to …"), is_own, self.days_requested.emit)


def _add(menu: QMenu, group: QActionGroup, words: str, is_chosen: bool, choose: Callable[[], object]) -> None:
    action = menu.addAction(words)
    action.setCheckable(True)
    action.setChecked(is_chosen)
    group.addAction(action)
    action.triggered.connect(lambda: choose())


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day).astimezone().timestamp()


def _role_name(role: Role | None) -> str:
    return {None: _("Anyone"), Role.USER: _("You"), Role.ASSISTANT: _("The model"), Role.SYSTEM: _("The system")}[role]


def days_name(days: int) -> str:
    """Return the last so many days as people say it."""
    if days == 365:
        return _("Last year")
    return ngettext("Last {count} day", "Last {count} days", days).format(count=days) if days else _("Today")
