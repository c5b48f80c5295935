"""The dialog with the map of a chat's branches: what its rows say, jumping by keys and clicks, and what a long one costs."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from desktop_app.domain.branch_map import Stretch, stretches
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.gui.branches.map_dialog import BranchMapDialog, Index, StretchPainter
from desktop_app.gui.look.theme import Theme


def message(name: str, parent: str | None, role: Role = Role.USER, *, edited: bool = False) -> Message:
    return Message(
        id=name,
        chat_id="chat",
        parent_id=parent,
        role=role,
        parts=(TextPart(f"words of {name}", edited),),
        status=MessageStatus.COMPLETE,
        created_at=1_795_000_000.0,
    )


TREE = (
    message("q1", None),
    message("r1", "q1", Role.ASSISTANT),
    message("r2", "q1", Role.ASSISTANT, edited=True),
    message("s1", "r1"),
)


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme) -> BranchMapDialog:
    made = BranchMapDialog(theme, stretches(TREE, "s1"))
    qtbot.addWidget(made)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.open()
    return made


def test_rows_say_what_they_begin_with_and_where_one_is(dialog: BranchMapDialog) -> None:
    model = dialog.list.model()
    said = [model.index(place, 0).data(Qt.ItemDataRole.AccessibleTextRole) for place in range(model.rowCount())]
    assert [line.split(" · ")[0] for line in said] == [
        "words of q1", "Answer: words of r2", "Answer: words of r1",
    ]  # fmt: skip
    assert ["shown now" in line for line in said] == [True, False, True]
    assert "2 messages" in said[2]
    assert "edited by you" in said[1]
    assert dialog.list.currentIndex().row() == 2


def test_arrows_and_enter_or_a_click_jump(dialog: BranchMapDialog) -> None:
    chosen: list[Stretch] = []
    dialog.chosen.connect(chosen.append)
    QTest.keyClick(dialog.list, Qt.Key.Key_Up)
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    assert [row.last.id for row in chosen] == ["r2"]
    assert not dialog.isVisible()
    dialog.open()
    area = dialog.list.visualRect(dialog.list.model().index(0, 0))
    QTest.mouseClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=area.center() + QPoint(20, 0))
    assert chosen[-1].first.id == "q1"


def test_a_map_of_10000_messages_draws_what_is_seen(
    qtbot: QtBot, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: set[int] = set()
    paint = StretchPainter.paint

    def note(self: StretchPainter, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painted.add(index.row())
        paint(self, painter, option, index)

    monkeypatch.setattr(StretchPainter, "paint", note)
    messages = [message("m00000", None)]
    messages += [message(f"m{n:05}", f"m{n - 1 - n * 7 % min(n, 9):05}") for n in range(1, 10_000)]
    rows = stretches(messages, messages[-1].id)
    assert len(rows) > 5_000
    dialog = BranchMapDialog(theme, rows)
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.open()
    dialog.grab()
    assert 0 < len(painted) < 40
    assert dialog.list.currentIndex().row() in painted, "the branch that is shown is in sight"
