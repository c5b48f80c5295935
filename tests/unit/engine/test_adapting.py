"""Which adapters are in use, without a model."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from desktop_app.domain import gguf
from desktop_app.domain.errors import ErrorCode, ModelError
from desktop_app.domain.model_defaults import Adapter
from desktop_app.engine import adapting
from tests.benchmarks.gguf_writer import write_adapter


def test_an_adapter_that_goes_away_while_it_is_looked_at_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_adapter(tmp_path / "adapter.gguf", "blk.0.attn_q.weight", (8, 8))

    def take_away_then(path: Path) -> gguf.Header:
        header = gguf.read_header(path)
        path.unlink()
        return header

    monkeypatch.setattr(adapting, "read_header", take_away_then)
    using = adapting.Adapting(SimpleNamespace(), SimpleNamespace())
    with pytest.raises(ModelError) as refused:
        using.use([Adapter(str(file))])
    assert refused.value.code is ErrorCode.ADAPTER_UNUSABLE
