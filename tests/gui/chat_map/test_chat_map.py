"""The map of the chats: places, labels, the keyboard, the pointer, zoom, and what the page says of itself."""

import random
from collections.abc import Callable
from itertools import combinations

import msgspec
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QBoxLayout, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.chat_topics import ChatTopic
from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.gui.chat_map.page import MapPage
from desktop_app.gui.chat_map.places import Finder, fitted, neighbour, place_labels
from desktop_app.gui.chat_map.view import LARGEST_ZOOM, MapView
from desktop_app.gui.chat_map.words import about, told
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.painting import wrapped
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.chats.chat_map import ChatMap, PlacedChat
from desktop_app.settings.schema import Appearance
from tests.gui.conftest import QWEN, STARTER

CROSS = {"middle": (0.0, 0.0), "left": (-1.0, 0.0), "right": (1.0, 0.0), "up": (0.0, 1.0), "down": (0.0, -1.0)}


def placed(name: str, x: float, y: float, **changes: object) -> PlacedChat:
    values = {"chat_id": name, "title": name.title(), "first": f"What is {name}?", "last": "", "updated_at": 1e9}
    return PlacedChat(ChatTopic(**{**values, **changes}), x, y)


def cross() -> tuple[PlacedChat, ...]:
    return tuple(placed(name, x, y) for name, (x, y) in CROSS.items())


def drawn(**changes: object) -> ChatMap:
    values = {"chats": cross(), "share": 0.384, "done": 5, "total": 5, "is_drawn": True, **changes}
    return ChatMap(model_path=STARTER.path, **values)


@pytest.fixture
def view(host: QWidget, theme: Theme) -> MapView:
    made = MapView(theme, host)
    made.resize(640, 480)
    made.show_chats(cross())
    made.show()
    return made


@pytest.fixture
def page(host: QWidget, theme: Theme) -> MapPage:
    made = MapPage(theme, host)
    made.resize(900, 640)
    made.show()
    made.show_models((STARTER, QWEN), STARTER.path)
    return made


def name(view: MapView) -> str:
    return view.chats[view.current].topic.chat_id if view.current >= 0 else ""


# Places and labels


def test_dots_fill_the_room_without_too_much_stretch() -> None:
    area = QRectF(10, 20, 400, 100)
    square = fitted([(-1.0, -1.0), (1.0, 1.0)], area)
    assert square == [(110, 120), (310, 20)]  # twice as wide as tall, and no more
    assert fitted([(0.5, 0.5)], area) == [(210, 70)]
    assert fitted([], area) == []
    flat = fitted([(-1.0, 0.0), (1.0, 0.0)], area)
    assert flat == [(10, 70), (410, 70)]
    assert fitted([(0.0, 0.0)] * 2, area) == [(210, 70)] * 2


def test_the_nearest_dot_is_found_within_reach() -> None:
    finder = Finder([(x * 10, 50) for x in range(-20, 20)], 14)
    assert finder.nearest(33, 50, 14) == 23
    assert finder.nearest(-196, 45, 14) == 0
    assert finder.nearest(33, 70, 14) == -1
    assert finder.nearest(33, 50, 2) == -1


def test_the_neighbour_in_a_direction() -> None:
    places = [(0, 0), (10, 30), (60, 0), (-1, 80)]
    assert neighbour(places, 0, 1, 0) == 2
    assert neighbour(places, 0, 0, 1) == 1
    assert neighbour(places, 0, -1, 0) == 3
    assert neighbour(places, 0, 0, -1) == 0


def test_no_label_covers_a_dot_or_another_label() -> None:
    places = [(30 + number * 37 % 500, 30 + number * 71 % 300) for number in range(120)]
    view = QRectF(0, 0, 560, 360)
    labels = place_labels(places, view, 4, 16, lambda number: (f"chat {number}", 60.0))
    assert labels[0].number == 0
    assert 10 < len(labels) < 120
    for label in labels:
        assert view.contains(label.area)
        assert not any(label.area.adjusted(-4, -4, 4, 4).contains(x, y) for x, y in places)
        assert not any(label.area.intersects(other.area) for other in labels if other is not label)


def test_the_text_of_a_bubble_has_few_lines(theme: Theme) -> None:
    font = QFont(theme.font("small"))
    assert wrapped("", font, 100, 3) == []
    assert wrapped("two words", font, 200, 3) == ["two words"]
    for text in ("a" * 500, "word " * 100, "🎉👨‍👩‍👧" * 60):
        lines = wrapped(text, font, 120, 3)
        assert len(lines) == 3
        assert lines[-1].endswith("…")
        assert all(QFontMetrics(font).horizontalAdvance(line) <= 121 for line in lines)
        assert "\ufffd" not in "".join(lines)


# The view


def test_arrow_keys_go_to_the_nearest_chat_and_enter_opens_it(view: MapView, qtbot: QtBot) -> None:
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert name(view) == "middle"  # the last changed one
    walk = (("Left", "left"), ("Right", "middle"), ("Up", "up"), ("Up", "up"), ("Down", "middle"), ("Right", "right"))
    for key, there in walk:
        QTest.keyClick(view, Qt.Key[f"Key_{key}"])
        assert name(view) == there
    assert view.accessibleDescription() == told(view.chats[view.current].topic)
    assert "What is right?" in view.accessibleDescription()
    with qtbot.waitSignal(view.chosen) as chosen:
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert chosen.args == ["right"]


def test_every_chat_is_reached_by_the_keyboard(view: MapView) -> None:
    assert "Page Down" in view.accessibleDescription()
    seen = []
    QTest.keyClick(view, Qt.Key.Key_Home)
    for _chat in view.chats:
        seen.append(name(view))
        QTest.keyClick(view, Qt.Key.Key_PageDown)
    assert seen == list(CROSS)
    assert name(view) == "down"
    QTest.keyClick(view, Qt.Key.Key_End)
    assert name(view) == "down"


def test_the_pointer_shows_and_a_click_opens(view: MapView, qtbot: QtBot) -> None:
    place = view.place(3).toPoint()
    QTest.mouseMove(view, place + QPoint(4, 3))
    assert name(view) == "up"
    with qtbot.waitSignal(view.chosen) as chosen:
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args == ["up"]
    QTest.mouseMove(view, place + QPoint(90, 60))
    assert name(view) == ""
    with qtbot.assertNotEmitted(view.chosen):
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=place + QPoint(90, 60))


def test_a_drag_moves_the_map_and_opens_nothing(view: MapView, qtbot: QtBot) -> None:
    view.zoom_by(4.0)
    before = view.place(0)
    start, step = before.toPoint(), QPoint(30, 20)
    with qtbot.assertNotEmitted(view.chosen):
        QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
        QTest.mouseMove(view, start + step)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + step)
    moved = view.place(0) - before
    assert (moved.x(), moved.y()) == pytest.approx((30, 20), abs=1)


def test_the_wheel_zooms_about_the_pointer_and_never_beyond(view: MapView) -> None:
    place = view.place(2)
    wheel = QWheelEvent(place, view.mapToGlobal(place), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(view, wheel)
    assert view.zoom == pytest.approx(2.0)
    assert (view.place(2) - place).manhattanLength() < 1
    for _turn in range(30):
        QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.zoom == LARGEST_ZOOM
    QTest.keyClick(view, Qt.Key.Key_0)
    assert (view.zoom, view.pan) == (1.0, QPointF())
    QTest.keyClick(view, Qt.Key.Key_Minus)
    assert view.zoom == 1.0


def test_titles_go_along_while_the_zoom_moves(view: MapView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(1)
    view.show_chats([placed(f"chat {number}", chance.gauss(0, 0.4), chance.gauss(0, 0.4)) for number in range(800)])
    tries: list[int] = []
    measure = view._measure
    monkeypatch.setattr(view, "_measure", lambda number: tries.append(number) or measure(number))
    before = [label.number for label in view.labels]
    tries.clear()
    for factor in (1.2, 1.2, 1.2, 0.8, 0.8):
        view.zoom_by(factor, QPointF(200, 100))
        view.repaint()
        areas = [label.area for label in view.labels]
        assert not any(area.intersects(other) for area, other in combinations(areas, 2))
    gone = [label.number for label in view.labels]
    assert gone
    assert set(gone) <= set(before)
    for label in view.labels:
        assert (label.area.center() + view.pan - view.place(label.number)).manhattanLength() < 250
    assert not tries, "no other titles are tried while the zoom moves"
    qtbot.waitUntil(lambda: bool(tries))
    assert {label.number for label in view.labels} - set(gone)


def test_the_keyboard_brings_a_chat_into_view(view: MapView) -> None:
    QTest.keyClick(view, Qt.Key.Key_Home)
    view.zoom_by(8.0, view.place(0))
    assert not view.rect().contains(view.place(1).toPoint())
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert name(view) == "left"
    assert view.rect().contains(view.place(1).toPoint())


def test_the_current_chat_stays_while_more_come(view: MapView) -> None:
    view.set_current(2)
    view.show_chats((placed("new", 0.3, 0.3), *cross()))
    assert name(view) == "right"
    view.show_chats(())
    assert view.current == -1
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert view.current == -1


@pytest.mark.parametrize("size", [(640, 480), (200, 260), (30, 30)])
@pytest.mark.parametrize("count", [1, 2, 5000])
def test_it_is_drawn_at_any_size_with_any_number(
    host: QWidget, theme: Theme, size: tuple[int, int], count: int
) -> None:
    made = MapView(theme, host)
    made.resize(*size)
    made.show_chats([placed(f"chat{n}", n * 37 % 101, n * 71 % 103, first="word " * 90) for n in range(count)])
    made.set_current(count - 1)
    made.show()
    image = made.grab().toImage()
    assert image.width() == size[0]
    if size[0] > 100:
        assert len({image.pixel(x, y) for x in range(0, size[0], 3) for y in range(0, size[1], 3)}) > 2


def test_another_text_size_and_look(view: MapView) -> None:
    view.set_theme(load_theme(Appearance.DARK, 150, system_dark=False))
    assert view.radius == pytest.approx(7.5)
    assert len(view.labels) == 5
    view.grab()


# The page


def test_the_page_says_what_made_the_map_and_how_far_to_trust_it(page: MapPage) -> None:
    page.show_map(drawn(left_out=2, damaged=1))
    assert "1 chat has a damaged question, which is left out." in page.about.text()
    words = page.about.text()
    assert STARTER.name in words
    assert "38 %" in words
    assert "rough" in words
    assert "2 chats are left out" in words
    assert page.view.isVisible()
    assert not page.empty.isVisible()
    assert not page.bar.isVisible()
    assert "Enter" in page.status.text()
    assert "directions" not in about(drawn(share=0.0), "a model")


def test_dots_come_with_progress_and_can_be_stopped_and_gone_on_with(page: MapPage, qtbot: QtBot) -> None:
    page.show_map(drawn(done=5, total=1240, is_drawn=False))
    assert page.status.text() == "Looking at chats: 5 of 1,240"
    assert page.bar.isVisible()
    assert len(page.view.chats) == 5
    with qtbot.waitSignal(page.stop_requested):
        QTest.keyClick(page.button, Qt.Key.Key_Space)
    page.show_stopped()
    assert page.status.text() == "Stopped after 5 of 1,240 chats."
    assert page.button.text() == "Go on"
    with qtbot.waitSignal(page.again_requested):
        page.button.click()


def test_without_a_model_it_says_what_to_do(page: MapPage, qtbot: QtBot) -> None:
    page.show_models((), "")
    page.show_map(None)
    assert page.empty.isVisible()
    assert not page.view.isVisible()
    with qtbot.waitSignal(page.models_requested):
        page.empty.button.click()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_with_few_chats_it_says_what_will_be_there(page: MapPage, count: int) -> None:
    page.show_map(drawn(chats=cross()[:count], done=count, total=count))
    assert page.empty.isVisible()
    assert "three chats" in page.empty.words.text()
    assert not page.empty.button.isVisible()
    page.show_map(drawn())
    assert page.view.isVisible()


def test_an_error_says_what_to_do_next(page: MapPage, qtbot: QtBot) -> None:
    page.show_map(drawn(error=ErrorInfo(ErrorCode.MODEL_NOT_FOUND, params={"path": "/m/gone.gguf"})))
    assert "/m/gone.gguf" in page.status.text()
    assert page.view.isVisible()
    assert page.button.text() == "Try again"
    with qtbot.waitSignal(page.again_requested):
        page.button.click()


def test_another_model_can_be_chosen(page: MapPage, qtbot: QtBot) -> None:
    assert page.choice.currentText() == STARTER.name
    with qtbot.waitSignal(page.model_chosen) as chosen:
        page.choice.setCurrentIndex(1)
        page.choice.activated.emit(1)
    assert chosen.args == [QWEN.path]


def test_it_follows_titles_and_deleted_chats(page: MapPage) -> None:
    page.show_map(drawn())
    chat = Chat(id="left", title="Another title", created_at=0.0, updated_at=0.0)
    page.chat_changed(chat)
    assert page.view.chats[1].topic.title == "Another title"
    page.chat_changed(msgspec.structs.replace(chat, deleted_at=1.0))
    assert [each.topic.chat_id for each in page.view.chats] == ["middle", "right", "up", "down"]
    page.chat_changed(msgspec.structs.replace(chat, id="unknown"))
    assert len(page.view.chats) == 4


def test_what_becomes_of_chats_while_the_map_is_drawn_stays(page: MapPage) -> None:
    page.show_map(None)
    chat = Chat(id="left", title="Another title", created_at=0.0, updated_at=0.0)
    gone = msgspec.structs.replace(chat, id="up", deleted_at=1.0)
    page.chat_changed(chat)  # before anything is shown
    page.show_map(drawn(done=3, is_drawn=False))
    assert page.view.chats[1].topic.title == "Another title"
    page.chat_changed(gone)
    page.show_map(drawn(done=4, is_drawn=False))
    shown = page.view.chats
    assert [each.topic.chat_id for each in shown] == ["middle", "left", "right", "down"]
    assert shown[1].topic.title == "Another title"
    page.show_map(drawn())
    assert page.view.chats is shown, "nothing is drawn anew where no chat has another place"
    page.chat_changed(msgspec.structs.replace(gone, deleted_at=None))
    page.show_map(drawn())
    assert len(page.view.chats) == 5
    page.show_map(None)  # the next map is read anew
    page.show_map(drawn())
    assert page.view.chats[1].topic.title == "Left"


def test_a_chat_is_looked_for_until_it_has_a_place(page: MapPage) -> None:
    page.look_for("up")
    page.show_map(drawn(chats=cross()[:3], done=3, is_drawn=False))
    assert name(page.view) == ""
    page.show_map(drawn())
    assert name(page.view) == "up"
    page.view.set_current(0)
    page.show_map(drawn(done=4))
    assert name(page.view) == "middle"


@pytest.mark.usefixtures("themed_app")
def test_the_controls_stand_below_the_title_where_it_is_narrow(page: MapPage, qtbot: QtBot) -> None:
    page.show_map(drawn())
    assert page._head is not None
    assert page._head.direction() is QBoxLayout.Direction.LeftToRight
    QApplication.processEvents()
    page.resize(420, 600)
    assert page._head.direction() is QBoxLayout.Direction.TopToBottom
    qtbot.waitUntil(lambda: page.all.mapTo(page, page.all.rect().topRight()).x() <= 420)


def test_a_new_text_size_keeps_what_is_shown(page: MapPage) -> None:
    page.show_map(drawn())
    before = page.view
    page.set_theme(load_theme(Appearance.LIGHT, 150, system_dark=False))
    assert page.view is not before
    assert len(page.view.chats) == 5
    assert page.choice.currentText() == STARTER.name


def test_the_window_opens_it_and_escape_leaves_it(new_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = new_window()
    made = []
    window.page_made.connect(made.append)
    window.show_page("map")
    assert made == ["map"]
    with qtbot.waitSignal(window.map_page.left):
        QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.page == "chat"
    with qtbot.waitSignal(window.map_page.opened):
        window.show_page("map")


def test_a_long_name_of_a_model_ends_in_an_ellipsis_and_is_whole_in_the_tooltip(
    theme: Theme, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, text, *_: shown.append(text))
    choice = Choice(theme)
    qtbot.addWidget(choice)
    choice.resize(160, choice.sizeHint().height())
    choice.setToolTip("The model")
    choice.addItem("A model with a name that goes on and on")
    cut = choice.words
    assert cut.endswith("…")
    seen = choice.grab().toImage()
    QApplication.sendEvent(choice, QHelpEvent(QEvent.Type.ToolTip, QPoint(1, 1), QPoint(1, 1)))
    choice.setItemText(0, cut)
    assert choice.grab().toImage() == seen
    QApplication.sendEvent(choice, QHelpEvent(QEvent.Type.ToolTip, QPoint(1, 1), QPoint(1, 1)))
    assert shown == ["A model with a name that goes on and on\nThe model", "The model"]
