"""The conversation's tree: branches and leaves."""

import pytest

from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.tree import below, branch, latest_leaf, leaf_without


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


@pytest.mark.parametrize(("start", "ids"), [("1", "1234567"), ("3", "3567"), ("5", "57"), ("7", "7"), ("unknown", "")])
def test_below_a_message_is_all_that_hangs_on_it(start: str, ids: str) -> None:
    assert "".join(below(TREE, start)) == ids


@pytest.mark.parametrize(
    ("leaf", "gone", "left"),
    [("7", "5", "6"), ("6", "6", "7"), ("4", "4", "2"), ("7", "3", "4"), ("4", "2", "6"), ("7", "1", None),
     ("4", "3", "4"), (None, "3", None)],
)  # fmt: skip
def test_without_a_message_its_branch_ends_at_the_version_beside_it_or_at_what_it_hung_on(
    leaf: str | None, gone: str, left: str | None
) -> None:
    assert leaf_without(TREE, leaf, gone) == left
