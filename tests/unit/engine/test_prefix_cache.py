"""What was read is kept on disk, but not what is to be forgotten meanwhile; and what of it stays in the memory."""

import mmap
from pathlib import Path

import pytest

from desktop_app.domain.sampling import Sampling
from desktop_app.engine.next_token import Look
from desktop_app.engine.prefix_cache import PrefixCache
from desktop_app.engine.sequences import Request, SequenceState
from desktop_app.engine.snapshots import Identity, Snapshots

ONE = Identity(model="m", engine="e", device="CPU", kv_type="f16", adapters=())
READ = list(range(200))


class CopiedContext:
    """A context whose state takes its time to be copied: a chat may be deleted meanwhile."""

    def __init__(self) -> None:
        self.meanwhile = lambda: None

    def copy_state(self, _sequence: int) -> mmap.mmap:
        self.meanwhile()
        return mmap.mmap(-1, 8)


@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_chat_that_is_deleted_while_it_is_written_down_leaves_nothing(tmp_path: Path, is_deleted: bool) -> None:
    context, sequence = CopiedContext(), SequenceState(0)
    snapshots = Snapshots(tmp_path, ONE, 1 << 20)
    cache = PrefixCache(context, (sequence,), snapshots, is_recurrent=False)
    sequence.tokens, sequence.evaluated, sequence.keep_as = READ, len(READ), "chat"

    def delete() -> None:
        sequence.keep_as = ""  # as the queue does
        cache.forget_snapshots("chat")

    context.meanwhile = delete if is_deleted else lambda: None
    assert cache.unsaved() is sequence
    cache.save(sequence)
    snapshots.close()
    assert len(list(tmp_path.iterdir())) == int(not is_deleted)


class Cells:
    """A context that only remembers which tokens of each sequence lie in its memory."""

    def __init__(self, sequences: tuple[SequenceState, ...]) -> None:
        self._sequences = sequences
        self.beside_what_was_read_back: list[int] = []

    def copy_state(self, _sequence: int) -> mmap.mmap:
        return mmap.mmap(-1, 8)

    def restore_state(self, _sequence: int, _state: mmap.mmap) -> bool:
        self.beside_what_was_read_back = self.lying
        return True

    def forget(self, _sequence: int, _start: int) -> bool:
        return True

    def share(self, _source: int, _target: int, _count: int) -> None:
        pass

    @property
    def lying(self) -> list[int]:
        """How many tokens of each sequence lie there."""
        return [sequence.evaluated for sequence in self._sequences]


class Chats:
    """Three idle chats that begin with the same 100 tokens, and what is done for the next request."""

    def __init__(self, folder: Path, *, on_disk: bool = True, budget: int = 1 << 20, **options: bool) -> None:
        self.sequences = tuple(SequenceState(number) for number in range(4))
        self.cells = Cells(self.sequences)
        snapshots = Snapshots(folder, ONE, budget)
        options.setdefault("is_recurrent", False)
        self.cache = PrefixCache(self.cells, self.sequences, snapshots, **options)
        for number, sequence in enumerate(self.sequences[:3]):
            sequence.tokens = [*READ[:100], *([1000 + number] * 100)]
            sequence.evaluated, sequence.keep_as, sequence.last_used = 200, f"chat{number}", number
            if on_disk:
                self.cache.save(sequence)
        snapshots.close()

    def begin(self, keep_as: str, tokens: list[int], look: Look | None = None) -> SequenceState:
        """Return the sequence that a request gets, cut to what it shares with it, as the scheduler does it."""
        request = Request(
            request_id="r", prompt=(*tokens, 7), sampling=Sampling(), received=0.0, keep_as=keep_as, look=look
        )
        idle = list(self.sequences)
        sequence = self.cache.spare(request, self.cache.recall(request, idle), idle)
        self.cache.keep(sequence, min(sequence.common_prefix(request.prompt), len(request.prompt) - 1))
        return sequence


def test_beside_an_answer_of_the_processor_lies_no_chat_that_is_on_disk(tmp_path: Path) -> None:
    chats = Chats(tmp_path)
    sequence = chats.begin("new", READ[:100])
    assert sequence.evaluated == 100
    assert sum(chats.cells.lying) == 100, "attention would pass over all else"


def test_a_chat_that_goes_on_keeps_what_is_its_own(tmp_path: Path) -> None:
    chats = Chats(tmp_path)
    sequence = chats.begin("chat1", chats.sequences[1].tokens)
    assert sequence is chats.sequences[1]
    assert chats.cells.lying == [0, 200, 0, 0]


def test_a_chat_that_comes_back_from_the_disk_lies_where_the_others_lay(tmp_path: Path) -> None:
    """Attention passes over all cells up to the last one in use, over those that nobody uses, too."""
    chats = Chats(tmp_path)
    gone = chats.sequences[2]
    tokens = list(gone.tokens)
    chats.cache.empty(gone)
    assert chats.begin("chat2", tokens).tokens == tokens
    assert chats.cells.beside_what_was_read_back == [0, 0, 0, 0]
    assert sum(chats.cells.lying) == 200


def test_a_look_takes_nothing_out_of_the_memory(tmp_path: Path) -> None:
    chats = Chats(tmp_path)
    chats.begin("chat1", READ[:50], Look())
    assert chats.cells.lying[:3] == [200, 200, 200]


@pytest.mark.parametrize(
    "options",
    [{"elsewhere": True}, {"on_disk": False}, {"budget": 4}, {"is_recurrent": True}],
    ids=["a card computes", "not written yet", "nothing could be written", "a state of all that was read"],
)
def test_what_stays_is_cheap_or_would_have_to_be_read_again(tmp_path: Path, options: dict[str, int]) -> None:
    chats = Chats(tmp_path, **options)
    chats.begin("new", READ[:100])
    assert chats.cells.lying[:3] == [200, 200, 200]
