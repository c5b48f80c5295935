"""The conversation's tree: branches and leaves."""

import pytest

from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.tree import branch, latest_leaf


def message(message_id: str, parent_id: str | None, role: Role = Role.USER) -> Message:
    return Message(
        id=message_id,
        chat_id="chat",
        parent_id=parent_id,
        role=role,
        parts=(),
        status=MessageStatus.COMPLETE,
        created_at=0.0,
    )


TREE = (
    message("1", None),
    message("2", "1", Role.ASSISTANT),
    message("3", "1", Role.ASSISTANT),
    message("4", "2"),
    message("5", "3"),
    message("6", "3"),
    message("7", "5", Role.ASSISTANT),
)


@pytest.mark.parametrize(("leaf", "path"), [("7", "1357"), ("4", "124"), ("1", "1"), (None, ""), ("unknown", "")])
def test_a_branch_runs_from_the_root_to_its_leaf(leaf: str | None, path: str) -> None:
    assert "".join(step.id for step in branch(TREE, leaf)) == path


@pytest.mark.parametrize(("start", "leaf"), [("1", "6"), ("2", "4"), ("5", "7"), ("7", "7")])
def test_the_latest_leaf_follows_the_newest_children(start: str, leaf: str) -> None:
    assert latest_leaf(TREE, start) == leaf
