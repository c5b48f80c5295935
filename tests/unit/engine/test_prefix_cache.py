"""What was read is kept on disk, but not what is to be forgotten meanwhile."""

import mmap
from pathlib import Path

import pytest

from desktop_app.engine.prefix_cache import PrefixCache
from desktop_app.engine.sequences import SequenceState
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
    cache = PrefixCache(context, (sequence,), snapshots, is_recurrent=False)  # type: ignore[arg-type]
    sequence.tokens, sequence.evaluated, sequence.keep_as = READ, len(READ), "chat"

    def delete() -> None:
        sequence.keep_as = ""  # as the queue does
        cache.forget_snapshots("chat")

    context.meanwhile = delete if is_deleted else lambda: None
    assert cache.unsaved() is sequence
    cache.save(sequence)
    snapshots.close()
    assert len(list(tmp_path.iterdir())) == int(not is_deleted)
