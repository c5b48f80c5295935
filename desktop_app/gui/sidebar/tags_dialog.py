"""A dialog in which tags get other names and colours, and are removed."""

from collections.abc import Iterator
from functools import partial

import msgspec
from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.domain.shelf import LONGEST_TAG_NAME, TAG_COLORS, Tag
from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import screen_room
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.sidebar.folder_painter import dot_icon
from desktop_app.gui.widgets.controls import Button, IconButton, Label, RingedButton
from desktop_app.gui.widgets.gradual import Gradual
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.gui.widgets.scrolled_body import UprightArea
from desktop_app.gui.widgets.stack import deleted_in_parts
from desktop_app.support.i18n import _

WIDTH = 380
HEIGHT = 420
AT_ONCE = 8
"""How many tags fill the dialog when it opens."""


class ColorButton(RingedButton):
    """A dot; its menu has the colours."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, color: str, name: str, parent: QWidget) -> None:
        super().__init__(theme, "", parent)
        self.color = color
        self.setAccessibleName(_("Colour of {tag}").format(tag=name))
        self.setToolTip(self.accessibleName())
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda: self.menu_now().popup(self.mapToGlobal(self.rect().bottomLeft())))

    def menu_now(self) -> QMenu:
        """Return the menu; the caller shows it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for color in TAG_COLORS:
            icon = dot_icon(self.theme, color, self.devicePixelRatioF())
            menu.addAction(icon, color_name(color), partial(self._choose, color))
        return menu

    def sizeHint(self) -> QSize:
        """A square that is easy to hit."""
        return QSize(self.theme.px(36), self.theme.px(36))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dot."""
        px = self.theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = "hover_raised" if self.underMouse() else "raised"
        paint_box(painter, self.rect(), self.theme, fill=fill, line="control_line", ring=self.has_ring)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.colors.named(self.color))
        side = px(14)
        painter.drawEllipse(QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side))
        painter.end()

    def _choose(self, color: str) -> None:
        self.color = color
        self.update()
        self.chosen.emit(color)


class TagsDialog(AppDialog):
    """Lists the tags; `changed` has the id of one, and its name or colour to come by the field's name.

    `removed` has one to be removed.
    """

    changed = Signal(str, object)
    removed = Signal(object)

    def __init__(self, theme: Theme, tags: tuple[Tag, ...], parent: QWidget) -> None:
        super().__init__(theme, _("Tags"), parent)
        px = theme.px
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        self.finished.connect(self._let_go)
        self._tags = {tag.id: tag for tag in tags}
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(8))
        column.addWidget(Label(theme, _("Tags"), "title", parent=self))
        inner = QWidget()
        self._rows = QVBoxLayout(inner)
        set_margins(self._rows, 0, 0, px(4), 0)
        self._rows.setSpacing(px(8))
        self.fields: dict[str, QLineEdit] = {}
        self._rows.addStretch(1)
        self._gradual = Gradual(lambda: None, self)
        self._gradual.put("lines", [partial(self._add, tag.id) for tag in tags], at_once=AT_ONCE)
        area = UprightArea(self)
        area.show_body(inner)
        area.setAccessibleName(_("Tags"))
        column.addWidget(area, 1)
        self.done_button = Button(theme, _("Done"), parent=self)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.done_button)
        column.addLayout(row)
        self.done_button.clicked.connect(self.accept)
        next(iter(self.fields.values()), self.done_button).setFocus()
        self.setFixedSize(QSize(px(WIDTH), px(HEIGHT)).boundedTo(screen_room(self)))

    def _add(self, tag_id: str) -> None:
        self._rows.insertWidget(self._rows.count() - 1, self._line(self._tags[tag_id]))

    def _let_go(self) -> None:
        """Be gone once the lines are: all of them in one turn would take several frames."""
        self._gradual.put("lines", ())
        items = (self._rows.itemAt(place) for place in range(self._rows.count()))
        going = deleted_in_parts([line for item in items if item is not None and (line := item.widget()) is not None])
        turns = QTimer(self)
        turns.setInterval(0)
        turns.timeout.connect(lambda: self._go_on(going))
        turns.start()

    def _go_on(self, going: Iterator[None]) -> None:
        if next(going, True) is not None:
            self.deleteLater()

    def _line(self, tag: Tag) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self.theme.px(8))
        color = ColorButton(self.theme, tag.color, tag.name, line)
        field = self.fields[tag.id] = QLineEdit(tag.name, line)
        field.setMaxLength(LONGEST_TAG_NAME)
        field.setAccessibleName(_("Name of the tag {tag}").format(tag=tag.name))
        remove = IconButton(self.theme, "trash", _("Remove the tag {tag}").format(tag=tag.name), parent=line)
        row.addWidget(color)
        row.addWidget(field, 1)
        row.addWidget(remove)
        color.chosen.connect(lambda chosen: self._change(tag.id, color=chosen))
        field.editingFinished.connect(lambda: self._rename(tag.id, field))
        remove.clicked.connect(lambda: self._remove(tag.id, line))
        return line

    def _rename(self, tag_id: str, field: QLineEdit) -> None:
        name = " ".join(field.text().split())
        taken = any(tag.name.casefold() == name.casefold() for tag in self._tags.values() if tag.id != tag_id)
        if tag_id in self._tags and (not name or taken):
            field.setText(self._tags[tag_id].name)
        elif tag_id in self._tags and name != self._tags[tag_id].name:
            self._change(tag_id, name=name)

    def _change(self, tag_id: str, **changes: str) -> None:
        self._tags[tag_id] = msgspec.structs.replace(self._tags[tag_id], **changes)
        self.changed.emit(tag_id, changes)

    def _remove(self, tag_id: str, line: QWidget) -> None:
        line.hide()
        self.removed.emit(self._tags.pop(tag_id))


def color_name(color: str) -> str:
    """Return what people call the colour of a token."""
    return {
        "accent": _("Orange"),
        "good": _("Green"),
        "warn": _("Yellow"),
        "bad": _("Red"),
        "focus": _("Blue"),
        "muted": _("Grey"),
    }[color]
