"""The window from right to left: what is painted and laid out by hand stands on the other side, and reads its own way."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QDate, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QIcon, QImage, QKeySequence, QPainter, QTextCursor, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPlainTextEdit, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.chat_topics import ChatTopic
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.domain.tour import STEPS
from desktop_app.gui.chat.view import ChatView, MessageView
from desktop_app.gui.chat_map.bubble import INSET, paint_bubble
from desktop_app.gui.composer.question_field import QuestionField
from desktop_app.gui.dialogs.option import Answer, AnswerButton
from desktop_app.gui.look.mirroring import is_right_to_left, placed, told_apart
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.section import SectionHead
from desktop_app.gui.sidebar.nav_button import NavButton
from desktop_app.gui.templates.preview import Preview
from desktop_app.gui.tour.rail import Rail
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Button, ElidedLabel, Label
from desktop_app.gui.widgets.date_field import DateField
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.key_button import KeyButton
from desktop_app.gui.widgets.numbers import NumberField, ValueSlider
from desktop_app.gui.widgets.painting import paint_key_hint
from desktop_app.gui.widgets.progress_bar import ProgressBar
from desktop_app.gui.widgets.scale import Scale
from desktop_app.gui.widgets.search_field import SearchField
from desktop_app.gui.widgets.selectable_text import SelectableText
from desktop_app.gui.widgets.switch import Switch
from desktop_app.gui.widgets.text_box import TextBox
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.support.isolates import isolated
from tests.gui.conftest import destroy

RIGHT, LEFT = Qt.LayoutDirection.RightToLeft, Qt.LayoutDirection.LeftToRight
ARABIC = "مرحبا يا صديقي"


@pytest.fixture
def mirrored(qapp: QApplication) -> Iterator[None]:
    """The app reads from right to left."""
    qapp.setLayoutDirection(RIGHT)
    yield
    qapp.setLayoutDirection(LEFT)


def inked(widget: QWidget, area: QRect | None = None) -> tuple[int, int]:
    """Return how many pixels are empty at the left and at the right of what a widget draws, or in an area of it."""
    image = widget.grab(area or widget.rect()).toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    pixels = pixels[:, : image.width()]
    columns = np.flatnonzero((pixels != pixels[0, 0]).any(axis=0))
    return int(columns[0]), int(image.width() - 1 - columns[-1])


def sided(theme: Theme) -> dict[str, Callable[[], QWidget]]:
    """Return widgets that draw more on one side than on the other."""
    return {
        "nav": lambda: NavButton(theme, "models", "Models"),
        "elided": lambda: ElidedLabel(theme, "A title."),
        "label": lambda: Label(theme, "A sentence in English."),
        "section": lambda: SectionHead(theme, "DRY"),
        "switch": lambda: Switch(theme),
    }


@pytest.mark.parametrize("name", ["nav", "elided", "label", "section", "switch"])
def test_what_is_painted_stands_on_the_other_side(name: str, theme: Theme, qapp: QApplication) -> None:
    seen = []
    for direction in (LEFT, RIGHT):
        qapp.setLayoutDirection(direction)
        widget = sided(theme)[name]()
        widget.resize(240, widget.sizeHint().height())
        seen.append(inked(widget))
        destroy(widget)
    qapp.setLayoutDirection(LEFT)
    (left, right), (mirrored_left, mirrored_right) = seen
    assert right > left + 50
    assert abs(mirrored_right - left) <= 3
    assert abs(mirrored_left - right) <= 3


@pytest.mark.parametrize("icon", ["", "trash"])
@pytest.mark.parametrize(
    ("direction", "words"), [(LEFT, "Remove the folder"), (RIGHT, "إزالة المجلد مع إبقاء محادثاته")]
)
def test_the_words_of_a_menu_keep_off_its_shortcuts(
    icon: str, words: str, direction: Qt.LayoutDirection, theme: Theme, qapp: QApplication
) -> None:
    qapp.setLayoutDirection(direction)
    menu = QMenu()
    menu.setStyleSheet(theme.style_sheet())
    action = menu.addAction(words)
    action.setIcon(theme.icon(icon) if icon else QIcon())
    action.setShortcut(QKeySequence("Ctrl+A"))
    action.setShortcutVisibleInContextMenu(True)
    menu.popup(QPoint(0, 0))
    shortcut = QFontMetrics(menu.font()).horizontalAdvance("Ctrl+A")
    area = menu.actionGeometry(action).adjusted(0, 4, 0, -4)
    beside = inked(menu, area)[0 if direction is RIGHT else 1]
    behind = area.width() - beside - shortcut  # as much as there is before the shortcut
    left = 0 if direction is LEFT else area.width() - behind
    gap = inked(menu, QRect(area.left() + left, area.top(), behind, area.height()))[1 if direction is LEFT else 0]
    menu.close()
    destroy(menu)
    qapp.setLayoutDirection(LEFT)
    assert beside >= 8
    assert gap >= 8


@pytest.mark.parametrize("hint", ["", "1"])
def test_the_words_of_a_wide_button_are_in_its_middle(hint: str, theme: Theme) -> None:
    """At its edge they would look like those of a text field."""
    button = Button(theme, "Branch here", hint=hint, fills=True)
    button.resize(400, button.sizeHint().height())
    left, _right = inked(button, button.rect().adjusted(6, 6, -6, -6))
    destroy(button)
    assert left > 100


def test_a_full_stop_of_english_words_stays_behind_them(mirrored: None, theme: Theme) -> None:
    choice = Choice(theme)
    choice.setStyleSheet(theme.style_sheet())
    choice.addItems(["llll", "llll."])
    choice.resize(choice.sizeHint())
    above = choice.rect().adjusted(4, 8, -4, -choice.height() // 2)  # where the stop is not
    rights = []
    for place in range(2):
        choice.setCurrentIndex(place)
        rights.append(inked(choice, above)[1])
    destroy(choice)
    assert rights[1] > rights[0]


@pytest.mark.parametrize("value", [5, 1024, 100_000])
def test_numbers_end_where_their_sliders_do(value: int, mirrored: None, theme: Theme) -> None:
    field = NumberField(theme, Scale(0, 100_000))
    field.setStyleSheet(theme.style_sheet())
    field.set_value(value)
    left, _right = inked(field)
    destroy(field)
    assert left <= 9  # the border, the padding and Qt's own margin


LONG = "هذه جملة طويلة باللغة العربية تحتاج إلى أكثر من سطر واحد لتظهر كاملة في هذا المكان الضيق"


@pytest.mark.parametrize("words", [LONG, f"\u2068Inglenook\u2069 {LONG}", f"{LONG}\n{LONG}"])
@pytest.mark.parametrize("app", [LEFT, RIGHT])
def test_lines_that_wrap_begin_at_the_edge(
    words: str, app: Qt.LayoutDirection, theme: Theme, qapp: QApplication
) -> None:
    qapp.setLayoutDirection(app)
    label = Label(theme, words, wraps=True)
    qapp.setLayoutDirection(LEFT)
    label.resize(240, label.heightForWidth(240))
    line = label.fontMetrics().lineSpacing()
    lines = [inked(label, QRect(0, top, 240, line - 3)) for top in range(0, label.height() - line + 1, line)]
    assert len(lines) >= 3
    assert max(right for _left, right in lines) <= 3
    assert min(left for left, _right in lines) > 0


def test_the_words_of_an_answer_begin_at_the_edge(mirrored: None, theme: Theme, host: QWidget) -> None:
    answer = AnswerButton(theme, Answer(1, "a", LONG), host)
    answer.resize(240, answer.heightForWidth(240))
    line = QFontMetrics(theme.font("small")).lineSpacing()
    tops = range(answer.height() - theme.px(12) - line, answer.height() // 2, -line)
    lines = [inked(answer, QRect(4, top, 240 - 4 - theme.px(40), line - 3)) for top in tops]
    assert len(lines) >= 2
    assert max(right for _left, right in lines) <= 4


def test_a_slider_runs_from_the_right(mirrored: None, theme: Theme, host: QWidget) -> None:
    slider = ValueSlider(theme, Scale(0, 100), 0, host)
    slider.setGeometry(0, 0, 200, 24)
    slider.show()
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(20, 12))
    assert slider.current > 85
    before = slider.current
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert slider.current == before - 1
    QTest.keyClick(slider, Qt.Key.Key_Left)
    QTest.keyClick(slider, Qt.Key.Key_Up)
    assert slider.current == before + 1


def test_a_bar_is_filled_from_the_right(mirrored: None, theme: Theme, host: QWidget) -> None:
    bar = ProgressBar(theme, "Progress", host)
    bar.setGeometry(0, 0, 200, 6)
    bar.set_fraction(0.25)
    image = bar.grab().toImage()
    assert image.pixelColor(180, 3) == theme.colors.accent
    assert image.pixelColor(20, 3) == theme.colors.line


def test_the_words_beside_a_dot_stay_in_their_box(theme: Theme) -> None:
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(theme.colors.text)
    painter = QPainter(image)
    painter.setLayoutDirection(RIGHT)
    topic = ChatTopic(chat_id="c", title="Why is the sky dark?", first="Please answer " * 9, last="", updated_at=0.0)
    view = QRectF(image.rect())
    paint_bubble(painter, theme, view, QPointF(0, 150), 10, topic)
    painter.end()
    row = [image.pixelColor(x, 150) for x in range(400)]
    right = max(x for x in range(400) if row[x] != theme.colors.text)
    edge = range(right - theme.px(INSET) + 3, right - 2)
    assert {image.pixelColor(x, y).name() for x in edge for y in range(150, 190)} == {theme.colors.raised.name()}


def first_x(field: QPlainTextEdit | QTextEdit) -> float:
    """Return where the first line of a field begins, as a share of its width."""
    cursor = field.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.Start)
    return field.cursorRect(cursor).x() / field.viewport().width()


@pytest.mark.parametrize("kind", ["box", "question", "preview"])
def test_a_field_has_its_text_where_its_words_begin(kind: str, theme: Theme, host: QWidget) -> None:
    preview = Preview(theme, host)
    field = {"box": TextBox(theme, "Text", 4, parent=host), "question": QuestionField(theme, host)}.get(
        kind, preview.field
    )
    for widget in (preview, field):
        widget.resize(300, 100)
        widget.show()
    for text, from_right in ((ARABIC, True), ("English", False), (f"\n 12 {ARABIC}\nEnglish", True), ("", False)):
        field.setPlainText(text)
        if kind == "preview":
            preview.show_turns(text, "", ())
        begin = first_x(field)
        assert (begin > 0.9) if from_right else (begin < 0.1), text


def test_code_in_a_prompt_runs_from_left_to_right_in_its_box(theme: Theme, mirrored: None, host: QWidget) -> None:
    preview = Preview(theme, host)
    preview.resize(400, 400)
    preview.show()
    preview.show_turns(f"{ARABIC}\n```\n# {ARABIC}\nx = 1\n```\n{ARABIC}\n~~~~\n```\n~~~\ny = 2", "", ())
    field, document = preview.field, preview.field.document()
    areas = {}
    block = document.begin()
    while block.isValid():
        areas[block.blockNumber()] = field.cursorRect(QTextCursor(block)).x() / field.viewport().width()
        block = block.next()
    assert [number for number, x in areas.items() if x > 0.9] == [0, 5]
    assert max(x for number, x in areas.items() if number not in (0, 5)) < 0.1
    first, second = field._boxes()
    lines = [field.cursorRect(QTextCursor(document.findBlockByNumber(number))) for number in (1, 4, 6, 9)]
    assert first.top() < lines[0].top() < lines[1].bottom() < first.bottom() < second.top()
    assert second.top() < lines[2].top() < lines[3].bottom() < second.bottom()
    preview.show_turns(ARABIC, "", ())
    assert list(field._boxes()) == []


@pytest.mark.parametrize(
    ("text", "from_right"),
    [
        (f"{isolated('Qwen')} {ARABIC}", True),
        (f"{isolated(ARABIC)} is here", False),
        (ARABIC, True),
        ("English", False),
    ],
)
def test_what_can_be_selected_reads_as_all_other_texts(
    text: str, from_right: bool, theme: Theme, mirrored: None, host: QWidget
) -> None:
    value = SelectableText(theme, "Name", text, host)
    other = SelectableText(theme, "Name", "", host)
    other.show_text(text)
    for shown in (other.toPlainText(), value.toPlainText()):
        assert told_apart(shown) == shown
        document = QTextDocument(shown)
        assert (document.begin().textDirection() is Qt.LayoutDirection.RightToLeft) is from_right
        assert is_right_to_left(shown) is from_right
    value.resize(400, 30)
    value.show()
    cursor = value.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.Start if from_right else QTextCursor.MoveOperation.End)
    assert value.cursorRect(cursor).x() > 0.9 * value.viewport().width()


def test_an_empty_field_begins_where_the_window_does(mirrored: None, theme: Theme, host: QWidget) -> None:
    fields = [TextBox(theme, "Text", 4, parent=host), QuestionField(theme, host)]
    for field in fields:
        field.resize(300, 100)
        field.show()
        assert first_x(field) > 0.9
    fields[1].setPlainText("English")
    other = QuestionField(theme, host)
    other.resize(300, 100)
    other.show()
    other.take_over(fields[1])
    assert first_x(other) < 0.1
    assert first_x(fields[1]) > 0.9


def test_a_date_reads_from_year_to_day(mirrored: None, theme: Theme, host: QWidget) -> None:
    field = DateField(theme, QDate(2026, 12, 10), host)
    field.resize(200, 36)
    field.show()
    line = field.lineEdit()
    assert line.text() == "2026-12-10"
    field.grab()  # only then are the places known
    line.setCursorPosition(0)
    year = line.cursorRect().center().x()
    line.setCursorPosition(10)
    assert line.cursorRect().center().x() > year + 50
    assert line.cursorRect().center().x() > line.width() - theme.px(16)


@pytest.mark.parametrize("direction", [LEFT, RIGHT])
def test_a_click_beside_a_date_leaves_it_as_it_is(
    direction: Qt.LayoutDirection, theme: Theme, host: QWidget, qapp: QApplication
) -> None:
    qapp.setLayoutDirection(direction)
    day = QDate(2026, 12, 10)
    field = DateField(theme, day, host)
    field.setStyleSheet(theme.style_sheet())
    field.resize(200, 36)
    field.show()
    field.grab()
    for x in (4, 60, 150, 196):  # one of them is at the chevron
        QTest.mouseClick(field, Qt.MouseButton.LeftButton, pos=QPoint(x, 4))
        field.calendarWidget().window().hide()
    qapp.setLayoutDirection(LEFT)
    assert field.date() == day


def test_a_flow_begins_at_the_right(mirrored: None, theme: Theme, host: QWidget) -> None:
    flow = Flow(theme, host)
    buttons = [Button(theme, words) for words in ("one", "two")]
    for button in buttons:
        flow.add(button)
    flow.resize(400, 100)
    flow.show()
    QApplication.processEvents()
    assert buttons[0].geometry().right() == 399
    assert buttons[1].geometry().right() < buttons[0].x()


def test_the_search_field_has_its_sign_at_the_right(mirrored: None, theme: Theme, host: QWidget) -> None:
    field = SearchField(theme, "Search", parent=host)
    field.show()
    margins = field.textMargins()
    assert margins.right() == theme.px(24)
    assert margins.left() < margins.right()


def test_the_sidebar_stands_at_the_right_and_the_panel_at_the_left(
    mirrored: None, new_window: Callable[..., MainWindow]
) -> None:
    window = new_window()
    stage = window.stage
    assert stage.sidebar.geometry().right() == stage.width() - 1
    assert stage.panel.x() == 0
    assert stage.panel.geometry().right() < stage.centre.x() <= stage.centre.geometry().right() < stage.sidebar.x()
    row = window.sidebar.list.rows.index_of("lamp")
    area = window.sidebar.list.visualRect(row)
    more = window.sidebar.list._painter.more_area(window.sidebar.list.line_area(area))
    assert more.center().x() < area.center().x()


def test_a_window_turns_with_the_app(window: MainWindow, qapp: QApplication) -> None:
    stage = window.stage
    assert stage.sidebar.x() == 0
    qapp.setLayoutDirection(RIGHT)
    try:
        QApplication.processEvents()
        assert stage.sidebar.geometry().right() == stage.width() - 1
    finally:
        qapp.setLayoutDirection(LEFT)


def test_the_arrow_keys_of_the_rail_follow_the_eye(mirrored: None, theme: Theme, host: QWidget) -> None:
    rail = Rail(theme)
    rail.setParent(host)
    chosen: list[object] = []
    rail.chosen.connect(chosen.append)
    rail.show_state(STEPS[3], ())
    rail.show()
    QTest.keyClick(rail, Qt.Key.Key_Left)
    QTest.keyClick(rail, Qt.Key.Key_Right)
    QTest.keyClick(rail, Qt.Key.Key_Down)
    assert chosen == [STEPS[4], STEPS[2], STEPS[4]]


def answered(text: str, role: Role = Role.ASSISTANT) -> MessageView:
    message = Message(id=f"{role}", chat_id="c", parent_id=None, role=role, parts=(TextPart(text),),
                      status=MessageStatus.COMPLETE, created_at=0.0)  # fmt: skip
    return MessageView(message=message, sibling_index=0, sibling_count=1, failure=None)


def test_questions_stand_at_the_left(mirrored: None, new_window: Callable[..., MainWindow]) -> None:
    view = new_window().chat_view()
    view.show_messages([answered("Why?", Role.USER), answered("Because.")], chat_id="c")
    question, answer = view.realised_texts()
    assert question.x() == answer.x()
    assert question.width() < answer.width()
    footer = view.realised_footer(view.entries[1])
    assert footer is not None
    assert footer._copy.geometry().right() > footer.width() - 10
    assert footer._copy.x() > footer._more.x()


def test_the_column_stays_in_the_middle_beside_a_scroll_bar_at_the_left(
    mirrored: None, new_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    view = new_window().chat_view()
    bar = view.verticalScrollBar()
    for text, is_long in (("Because.", False), ("Because.\n\n" * 100, True)):
        view.show_messages([answered(text)], chat_id=text[:20])
        qtbot.waitUntil(lambda is_long=is_long: bar.isVisible() is is_long)
        row = view.realised_texts()[0]
        assert row.mapTo(view, QPoint(0, 0)).x() == (view.width() - row.width()) // 2


def blocks(view: ChatView) -> dict[str, tuple[float, float, bool]]:
    """Return the margins of each paragraph by its text, and whether it reads from the right."""
    (shown,) = view.realised_texts()
    found = {}
    block = shown.document().begin()
    while block.isValid():
        made = block.blockFormat()
        found[block.text()] = (made.leftMargin(), made.rightMargin(), block.textDirection() is RIGHT)
        block = block.next()
    return found


def test_each_paragraph_reads_as_its_first_letter_says(window: MainWindow) -> None:
    view = window.chat_view()
    text = f"English.\n\n{ARABIC}\n\n- {ARABIC}\n- item\n\n> {ARABIC}\n\n```python\n# {ARABIC}\n```"
    view.show_messages([answered(text)], chat_id="c")
    found = blocks(view)
    assert found["English."] == (0, 0, False)
    assert found[ARABIC][2]
    assert found[f"•\t{ARABIC}"] == (0, 24, True)
    assert found["•\titem"] == (24, 0, False)
    assert found[f"# {ARABIC}"][2] is False


def test_a_streamed_item_turns_with_its_first_letter(window: MainWindow) -> None:
    view = window.chat_view()
    message = Message(id="a", chat_id="c", parent_id=None, role=Role.ASSISTANT, parts=(), created_at=0.0,
                      status=MessageStatus.STREAMING)  # fmt: skip
    view.show_messages([MessageView(message=message, sibling_index=0, sibling_count=1, failure=None)], chat_id="c")
    for piece in ("1. ", "«", "مر", "حبا", "\n2. two"):
        view.add_text("a", piece)
        view.flush()
    found = blocks(view)
    assert found["1.\t«مرحبا"] == (0, 24, True)
    assert found["2.\ttwo"] == (24, 0, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", False),
        ("12 %", False),
        ("«مرحبا»", True),
        ("(a) مرحبا", False),
        ("\u2068Inglenook\u2069 مرحبا", True),
        ("\u2068مرحبا \u2067يا\u2069 a\u2069: b", False),
        ("\u2069a", False),
        ("\u2068مرحبا", False),
    ],
)
def test_the_first_letter_says_how_a_text_reads(text: str, expected: bool) -> None:
    assert is_right_to_left(text) is expected


@pytest.mark.parametrize("keys", ["Ctrl++", "Ctrl+-", "Ctrl+N"])
def test_keys_are_written_as_on_the_keyboard(keys: str, theme: Theme, qapp: QApplication) -> None:
    """A sign at the end of them stays there."""
    drawn: list[tuple[QImage, QImage]] = []
    for direction in (LEFT, RIGHT):
        qapp.setLayoutDirection(direction)
        button = KeyButton(theme, "Larger text")
        button.show_keys(keys)
        hint = QImage(80, 24, QImage.Format.Format_RGB32)
        hint.fill(Qt.GlobalColor.white)
        painter = QPainter(hint)
        painter.setLayoutDirection(direction)
        paint_key_hint(painter, QRectF(hint.rect()), theme, keys, "text")
        painter.end()
        drawn.append((button.grab().toImage(), hint))
        destroy(button)
    qapp.setLayoutDirection(LEFT)
    assert drawn[0] == drawn[1]


def test_areas_are_moved_to_the_other_side(mirrored: None, host: QWidget) -> None:
    within = QRect(100, 0, 200, 50)
    assert placed(host, QRect(110, 5, 30, 10), within) == QRect(260, 5, 30, 10)
    assert placed(host, QRectF(110.5, 5, 30, 10), within) == QRectF(259.5, 5, 30, 10)
    host.setLayoutDirection(LEFT)
    assert placed(host, QRect(110, 5, 30, 10), within) == QRect(110, 5, 30, 10)


def test_a_search_has_room_of_the_shortcut_while_something_is_typed(theme: Theme, host: QWidget) -> None:
    field = SearchField(theme, "Search", host)
    field.set_hint("Ctrl K")
    empty = field.textMargins()
    field.setText("lamp")
    assert field.textMargins().left() == empty.left()
    assert field.textMargins().right() == theme.px(24) < empty.right(), "for what clears it"
    field.clear()
    assert field.textMargins() == empty
