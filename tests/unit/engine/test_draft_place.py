"""Where the draft model goes: as the model itself, it makes do with less where there is no room for it."""

from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("llama_cpp")

from desktop_app.domain.errors import EngineError, ErrorCode, ModelError
from desktop_app.engine import loading
from desktop_app.engine.guesser import ModelGuesser
from desktop_app.engine.loading import Loader
from desktop_app.engine.patience import USUAL_PATIENCE
from desktop_app.engine.placement import Placement
from desktop_app.engine.servers import Servers
from desktop_app.protocol.engine import Load
from desktop_app.support.network import Gate
from tests.unit.engine.test_loading_choices import MB, PLAN, Devices


class Card(Devices):
    """A card that tells of more room than it has; what was tried on it is noted."""

    def __init__(self, room: int, words: str = "failed to allocate CUDA0 buffer") -> None:
        super().__init__(8000 * MB)
        self.room = room
        self.words = words
        self.tried: list[int] = []
        self.closed = 0

    def log(self) -> str:
        return self.words if self.tried and self.tried[-1] > self.room else ""

    def load(self, _path: Path, *, placement: Placement, **_options: object) -> object:
        self.tried.append(placement.gpu_layers)
        return SimpleNamespace(is_recurrent=False, parameter_count=1, close=self.close)

    def make_context(self, _draft: object, **_options: object) -> object:
        if self.tried[-1] > self.room:
            raise EngineError(ErrorCode.ENGINE_FAILED, "no context")
        return SimpleNamespace(batch_size=8)

    def close(self) -> None:
        self.closed += 1


def opened(monkeypatch: pytest.MonkeyPatch, starter_model: str, card: Card) -> ModelGuesser | None:
    monkeypatch.setattr(loading, "Model", card.load)
    monkeypatch.setattr(loading, "Context", card.make_context)
    monkeypatch.setattr(loading, "same_vocabulary", lambda _one, _other: True)
    load = Load(model_path=starter_model, draft_path=starter_model)
    servers = Servers((), card, Gate(lambda _use: None), lambda *_lost: None, USUAL_PATIENCE)
    loader = Loader(load, card, "build", lambda _message: None, lambda: True, servers)
    return loader._load_guesser(SimpleNamespace(), 1024, PLAN)


def test_a_draft_model_steps_down_where_the_card_turns_out_to_be_full(
    monkeypatch: pytest.MonkeyPatch, starter_model: str
) -> None:
    card = Card(room=0)
    guesser = opened(monkeypatch, starter_model, card)
    assert guesser is not None
    assert card.tried == sorted(card.tried, reverse=True)
    assert (card.tried[0], card.tried[-1]) == (31, 0)
    assert card.closed == len(card.tried) - 1


def test_what_more_room_would_not_help_is_tried_once(monkeypatch: pytest.MonkeyPatch, starter_model: str) -> None:
    card = Card(room=-1, words="unknown model architecture")
    with pytest.raises(ModelError) as refused:
        opened(monkeypatch, starter_model, card)
    assert refused.value.code is ErrorCode.DRAFT_UNUSABLE
    assert refused.value.info.params == {"path": starter_model}
    assert card.tried == [31]


def test_a_draft_model_without_any_room_is_said(monkeypatch: pytest.MonkeyPatch, starter_model: str) -> None:
    card = Card(room=-1)
    with pytest.raises(ModelError) as refused:
        opened(monkeypatch, starter_model, card)
    assert refused.value.code is ErrorCode.DRAFT_UNUSABLE
    assert "failed to allocate" in refused.value.info.detail
    assert card.tried[-1] == 0
