"""The style sheet for Qt's own controls; controls with a shape of their own are painted in `widgets/controls.py`."""

from string import Template

from PySide6.QtGui import QGuiApplication

from desktop_app.gui.look.theme import Theme

# Borders grow from 1 to 2 pixels when focused, and paddings shrink by as much, so that nothing moves.
_SHEET = Template("""
QToolTip {
    background: $raised; color: $text; border: 1px solid $line; padding: ${p4}px ${p8}px; font-size: ${small}px;
}
QMenu {
    background: $raised; color: $text; border: 1px solid $line; padding: ${p4}px; font-size: ${label}px;
}
QMenu::item { padding: ${p8}px ${p28}px ${p8}px ${p12}px; border-radius: ${r6}px; }
QMenu::item:selected { background: $hover_raised; }
QMenu::item:disabled { color: $disabled; }
QMenu::icon { padding-$begin: ${p8}px; }
QMenu::separator { height: 1px; background: $line; margin: ${p4}px ${p8}px; }
QLineEdit {
    background: $surface; color: $text; border: 1px solid $control_line; border-radius: ${r8}px;
    padding: ${p8}px ${p10}px; placeholder-text-color: $muted; selection-background-color: $text_selection; selection-color: $text;
}
QLineEdit:hover { border-color: $text; }
QLineEdit:focus { border: 2px solid $focus; padding: ${p8m}px ${p10m}px; }
QLineEdit:disabled { color: $disabled; border-color: $line; background: transparent; }
QLineEdit[look="value"] {
    background: transparent; border: 1px solid transparent; border-radius: ${r6}px; padding: 1px ${p4}px;
}
QLineEdit[look="value"]:hover { border-color: $control_line; }
QLineEdit[look="value"]:focus { border: 2px solid $focus; padding: 0px ${p4m}px; background: $surface; }
QLineEdit[look="value"]:disabled { color: $disabled; border-color: transparent; }
QPlainTextEdit {
    background: transparent; color: $text; border: none; padding: 0px; placeholder-text-color: $muted;
    selection-background-color: $text_selection; selection-color: $text;
}
QPlainTextEdit[look="report"], QTextEdit[look="report"] {
    background: $code; border: 1px solid $line; border-radius: ${r8}px; padding: ${p8}px;
}
QPlainTextEdit[look="box"] {
    background: $surface; border: 1px solid $control_line; border-radius: ${r8}px; padding: ${p8}px;
}
QPlainTextEdit[look="box"]:hover { border-color: $text; }
QPlainTextEdit[look="box"]:focus { border: 2px solid $focus; padding: ${p8m}px; }
QPlainTextEdit[look="report"]:focus, QTextEdit[look="report"]:focus { border: 2px solid $focus; padding: ${p8m}px; }
QComboBox {
    background: $surface; color: $text; border: 1px solid $control_line; border-radius: ${r8}px;
    padding: ${p8}px ${right}px ${p8}px ${left}px; combobox-popup: 0;
}
QComboBox:hover { border-color: $text; background: $hover; }
QComboBox:focus { border: 2px solid $focus; padding: ${p8m}px ${right_focused}px ${p8m}px ${left_focused}px; }
QComboBox:disabled { color: $disabled; border-color: $line; background: transparent; }
QComboBox::drop-down { border: none; width: 0px; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView {
    background: $raised; color: $text; border: 1px solid $line; padding: ${p4}px; outline: none;
    selection-background-color: $hover_raised; selection-color: $text;
}
QComboBox QAbstractItemView::item { min-height: ${p32}px; padding: 0px ${p8}px; border-radius: ${r6}px; }
QComboBox QAbstractItemView::item:selected { background: $hover_raised; color: $text; }
QDateEdit {
    background: $surface; color: $text; border: 1px solid $control_line; border-radius: ${r8}px;
    padding: ${p8}px ${right}px ${p8}px ${left}px; selection-background-color: $text_selection; selection-color: $text;
}
QDateEdit:hover { border-color: $text; }
QDateEdit:focus { border: 2px solid $focus; padding: ${p8m}px ${right_focused}px ${p8m}px ${left_focused}px; }
QDateEdit::drop-down { border: none; width: ${p32}px; }
QDateEdit::down-arrow { image: none; }
QCalendarWidget QWidget#qt_calendar_navigationbar { background: $raised; border: 1px solid $line; border-bottom: none; }
QCalendarWidget QToolButton {
    background: transparent; color: $text; border: none; border-radius: ${r6}px; padding: ${p4}px ${p8}px; font-weight: 600;
}
QCalendarWidget QToolButton:hover { background: $hover_raised; }
QCalendarWidget QToolButton:pressed { background: $selected; }
QCalendarWidget QToolButton::menu-indicator { image: none; }
QCalendarWidget QAbstractItemView {
    background: $raised; alternate-background-color: $raised; border: 1px solid $line; border-top: none; outline: none;
    selection-background-color: $accent; selection-color: $on_accent;
}
QTableView[look="tokens"] {
    background: transparent; border: 2px solid transparent; border-radius: ${r6}px; outline: none; selection-background-color: $selected; selection-color: $text;
}
QTableView[look="tokens"]:focus { border-color: $focus; }
QTableView[look="tokens"]::item { padding: 0px ${p8}px; border: none; }
QTableView[look="tokens"] QHeaderView { background: transparent; border: none; }
QTableView[look="tokens"] QHeaderView::section {
    background: transparent; color: $muted; border: none; border-bottom: 1px solid $line; padding: ${p4}px ${cell}px;
    font-size: ${small}px;
}
QListView { background: transparent; border: none; outline: none; }
QScrollArea, QScrollArea > QWidget > QWidget[look="page"] { background: transparent; border: none; }
QScrollArea[look="reading"] { border: 2px solid transparent; border-radius: ${r8}px; }
QScrollArea[look="reading"]:focus { border-color: $focus; }
QScrollArea[look="boxed"] { border: 1px solid $line; border-radius: ${r8}px; padding: ${p8}px; }
QScrollArea[look="boxed"]:focus { border: 2px solid $focus; padding: ${p8m}px; }
QScrollBar:horizontal:focus { border: 1px solid $focus; border-radius: ${r6}px; }
QScrollBar:vertical { background: transparent; width: ${p12}px; margin: 0px; }
QScrollBar:horizontal { background: transparent; height: ${p12}px; margin: 0px; }
QScrollBar::handle:vertical { background: $line; border-radius: ${r3}px; min-height: ${p32}px; margin: ${p2}px ${p3}px; }
QScrollBar::handle:horizontal { background: $line; border-radius: ${r3}px; min-width: ${p32}px; margin: ${p3}px ${p2}px; }
QScrollBar::handle:hover { background: $control_line; }
QScrollBar::handle:pressed { background: $muted; }
QScrollBar::handle:disabled { background: transparent; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0px; height: 0px; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")

CELL_MARGIN = 3
"""How much further in than their padding Qt draws the texts of a table's cells, in pixels, but not those of its head."""
_LENGTHS = {"p2": 2, "p3": 3, "p4": 4, "p8": 8, "p10": 10, "p12": 12, "p28": 28, "p32": 32}
_RADII = {"r3": 3, "r6": 6, "r8": 8}


def style_sheet(theme: Theme) -> str:
    """Return the style sheet for `theme`, its lengths at the theme's text size."""
    tokens = theme.tokens
    values: dict[str, object] = {
        name: theme.colors.named(name).name()
        for name in (
            "raised", "text", "line", "hover", "disabled", "surface", "control_line", "focus", "text_selection",
            "code", "muted", "selected", "hover_raised", "accent", "on_accent",
        )
    }  # fmt: skip
    values |= {name: theme.px(length) for name, length in _LENGTHS.items()}
    values |= {f"{name}m": theme.px(_LENGTHS[name]) - 1 for name in ("p4", "p8", "p10")}
    values |= {name: theme.px(radius) for name, radius in _RADII.items()}
    values["cell"] = theme.px(8) + CELL_MARGIN
    values |= {"small": theme.px(tokens.type.small), "label": theme.px(tokens.type.label)}
    return _SHEET.substitute(values | _sides(theme))


def _sides(theme: Theme) -> dict[str, object]:
    """Return the paddings of what has room for a sign at its end, which is the left where one reads from the right.

    Those of menus are not among them: Qt turns them around itself.
    """
    px, mirrored = theme.px, QGuiApplication.isRightToLeft()
    begin, end = ("right", "left") if mirrored else ("left", "right")
    return {
        "begin": begin, begin: px(12), end: px(32), f"{begin}_focused": px(12) - 1, f"{end}_focused": px(32),
    }  # fmt: skip
