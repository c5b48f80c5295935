"""A small map of a chat's branches: its tree cut into stretches and laid out in rows and lanes, as pure functions."""

from collections.abc import Sequence

import msgspec

from desktop_app.domain.markdown_text import unmarked
from desktop_app.domain.messages import Message, Role

MOST_WORDS = 80
"""How many characters of a stretch's first message are shown at most."""


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """`count` messages without a fork between them: one row of the map.

    `lane` counts from 0 on the left. The line from the stretch before it comes down in `parent_lane` and turns into `lane`
    here; None for the beginning of a chat. Lines of others run down through this row in the lanes `through`. Its own
    goes on below, in its lane, unless it `is_leaf`.
    """

    lane: int
    parent_lane: int | None
    through: tuple[int, ...]
    first: Message
    last: Message
    count: int
    is_shown: bool
    is_leaf: bool

    @property
    def words(self) -> str:
        """The beginning of the first message, in one line; empty where there are no words."""
        begun = self.first.text[: 4 * MOST_WORDS]
        line = " ".join((unmarked(begun) if self.is_answer else begun).split())
        return line if len(line) <= MOST_WORDS else f"{line[: MOST_WORDS - 1]}…"

    @property
    def is_answer(self) -> bool:
        """Whether it begins with an answer."""
        return self.first.role is Role.ASSISTANT


class _Run:
    """A stretch in the making, with the stretches that fork off below it, oldest first."""

    def __init__(self, first: Message) -> None:
        self.first = self.last = first
        self.count = 1
        self.below: list[_Run] = []
        self.leaves = 1
        self.is_shown = False


def stretches(messages: Sequence[Message], leaf_id: str | None) -> tuple[Stretch, ...]:
    """Return the rows of the map from top to bottom; `messages` are in the order of creation.

    What goes straight on from a fork stands last and keeps its lane: the branch that ends at `leaf_id`, elsewhere the
    one with the most ends. The others stand between, each with all that is below it, one lane further right. So no
    lines cross, and the highest lane is at most 1 + log2 of the number of ends.
    """
    run_of, roots = _runs(messages)
    _mark_shown(messages, run_of, leaf_id)
    for run in reversed(dict.fromkeys(run_of.values())):  # what is below comes after what it is below of
        run.leaves = sum(below.leaves for below in run.below) or 1
    rows: list[Stretch] = []
    waiting = _below(roots, 0, ()) if len(roots) > 1 else [(run, 0, None, ()) for run in roots]
    while waiting:
        run, lane, parent_lane, through = waiting.pop()
        rows.append(
            Stretch(
                lane=lane,
                parent_lane=parent_lane,
                through=through,
                first=run.first,
                last=run.last,
                count=run.count,
                is_shown=run.is_shown,
                is_leaf=not run.below,
            )
        )
        waiting += _below(run.below, lane, through)
    return tuple(rows)


_Waiting = tuple[_Run, int, int | None, tuple[int, ...]]


def _below(runs: Sequence[_Run], lane: int, through: tuple[int, ...]) -> list[_Waiting]:
    """Return what follows a fork in `lane`, the last one first."""
    if not runs:
        return []
    main = max(runs, key=lambda run: (run.is_shown, run.leaves, run.first.id))
    others: list[_Waiting] = [(run, lane + 1, lane, (*through, lane)) for run in runs if run is not main]
    return [(main, lane, lane, through), *reversed(others)]


def _runs(messages: Sequence[Message]) -> tuple[dict[str, _Run], list[_Run]]:
    """Cut the tree into stretches; return that of each message, in the order of creation, and those without a parent."""
    children: dict[str | None, int] = {}
    for message in messages:
        children[message.parent_id] = children.get(message.parent_id, 0) + 1
    run_of: dict[str, _Run] = {}
    roots: list[_Run] = []
    for message in messages:
        above = run_of.get(message.parent_id) if message.parent_id is not None else None
        if above is not None and children[message.parent_id] == 1:
            above.last = message
            above.count += 1
            run_of[message.id] = above
            continue
        run = run_of[message.id] = _Run(message)
        (roots if above is None else above.below).append(run)
    return run_of, roots


def _mark_shown(messages: Sequence[Message], run_of: dict[str, _Run], leaf_id: str | None) -> None:
    parents = {message.id: message.parent_id for message in messages}
    current = leaf_id
    while current is not None and current in run_of:
        run_of[current].is_shown = True
        current = parents[run_of[current].first.id]
