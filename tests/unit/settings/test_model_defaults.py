"""What is set for single models: kept, checked, followed when a file moves, and never lost with a bad entry."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from desktop_app.domain.errors import ErrorCode, ErrorInfo, SettingsError
from desktop_app.domain.model_defaults import Adapter, KvChoice, LoadOptions, ModelDefaults, sampling_changes
from desktop_app.domain.sampling import Sampling
from desktop_app.settings.model_defaults import ModelDefaultsStore

MODEL = "/models/a.gguf"
SOME = ModelDefaults(
    loading=LoadOptions(context_size=4096, kv_type=KvChoice.Q8_0, mmap=False),
    adapters=(Adapter("/adapters/terse.gguf", 0.5),),
    system_prompt="",
    sampling={"temperature": 0.2, "seed": None},
)


def stored(file: Path) -> dict[str, object]:
    return msgspec.json.decode(file.read_bytes())


def test_only_what_is_set_is_written_and_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "new" / "models.json"
    store = ModelDefaultsStore(file)
    heard: list[str] = []
    store.changed.subscribe(heard.append)
    assert store.of(MODEL) == ModelDefaults()
    assert not file.exists()
    store.change(MODEL, SOME)
    assert stored(file) == {
        MODEL: {
            "loading": {"context_size": 4096, "kv_type": "q8_0", "mmap": False},
            "adapters": [{"path": "/adapters/terse.gguf", "scale": 0.5}],
            "system_prompt": "",
            "sampling": {"temperature": 0.2, "seed": None},
        }
    }
    assert ModelDefaultsStore(file).of(MODEL) == SOME == store.of(MODEL)
    store.change(MODEL, ModelDefaults())
    assert stored(file) == {}
    assert heard == [MODEL, MODEL]


@pytest.mark.parametrize(
    "wrong",
    [
        ModelDefaults(loading=LoadOptions(context_size=-1)),
        ModelDefaults(loading=LoadOptions(batch_size=100_000)),
        ModelDefaults(loading=LoadOptions(cpu_experts=-1)),
        ModelDefaults(loading=LoadOptions(split={"CUDA0": -1.0})),
        ModelDefaults(adapters=(Adapter("/a", 100.0),)),
        ModelDefaults(adapters=tuple(Adapter(f"/{n}") for n in range(17))),
        ModelDefaults(chat_template="x" * 200_001),
    ],
)
def test_what_is_out_of_bounds_changes_nothing(tmp_path: Path, wrong: ModelDefaults) -> None:
    store = ModelDefaultsStore(tmp_path / "models.json")
    store.change(MODEL, SOME)
    with pytest.raises(SettingsError) as caught:
        store.change(MODEL, wrong)
    assert caught.value.code is ErrorCode.SETTING_INVALID
    assert store.of(MODEL) == SOME


def test_they_follow_a_file_that_moves(tmp_path: Path) -> None:
    store = ModelDefaultsStore(tmp_path / "models.json")
    store.change(MODEL, SOME)
    store.follow({MODEL: "/elsewhere/a.gguf", "/unknown.gguf": "/else.gguf"})
    store.follow({"/unknown.gguf": "/else.gguf"})
    assert ModelDefaultsStore(tmp_path / "models.json").of("/elsewhere/a.gguf") == SOME
    assert store.of(MODEL) == ModelDefaults()


def test_an_entry_of_another_release_stays_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "models.json"
    file.write_text('{"/b.gguf": {"loading": {"kv_type": "q1_0"}}, "/a.gguf": {"system_prompt": "Be brief."}}')
    store = ModelDefaultsStore(file)
    assert store.of("/b.gguf") == ModelDefaults()
    assert store.of("/a.gguf").system_prompt == "Be brief."
    store.change(MODEL, SOME)
    assert stored(file)["/b.gguf"] == {"loading": {"kv_type": "q1_0"}}


def test_a_broken_file_is_put_aside_and_said(tmp_path: Path) -> None:
    file = tmp_path / "models.json"
    file.write_text("{broken")
    store = ModelDefaultsStore(file)
    heard: list[ErrorInfo] = []
    store.troubled.subscribe(heard.append)
    assert store.of(MODEL) == ModelDefaults()
    assert [problem.code for problem in heard] == [ErrorCode.SETTINGS_DAMAGED]
    assert [kept.read_text() for kept in tmp_path.glob("models.json.bak-*")] == ["{broken"]


def test_what_cannot_be_written_is_said_and_still_holds(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("")
    store = ModelDefaultsStore(tmp_path / "in the way" / "models.json")
    heard: list[ErrorInfo] = []
    store.troubled.subscribe(heard.append)
    store.change(MODEL, SOME)
    assert [problem.code for problem in heard][-1] is ErrorCode.SETTINGS_UNSAVED
    assert store.of(MODEL) == SOME


def test_a_change_after_the_executor_has_ended_is_kept_all_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        store = ModelDefaultsStore(tmp_path / "models.json", pool.submit)
        store.change(MODEL, SOME)
    store.change("/b.gguf", SOME)
    assert set(stored(tmp_path / "models.json")) == {MODEL, "/b.gguf"}


def test_sampling_over_the_persons_own() -> None:
    base = Sampling(temperature=1.0, top_k=20)
    assert ModelDefaults().sampling_over(base) == base
    changed = msgspec.structs.replace(base, temperature=0.2)
    assert sampling_changes(base, changed) == {"temperature": 0.2}
    assert ModelDefaults(sampling=sampling_changes(base, changed)).sampling_over(base) == changed
    strange = ModelDefaults(sampling={"temperature": 99.0, "unheard_of": 1, "top_p": 0.5})
    assert strange.sampling_over(base) == msgspec.structs.replace(base, top_p=0.5)


def test_the_first_system_prompt() -> None:
    assert ModelDefaults().first_system_prompt == "You are a helpful assistant."
    assert ModelDefaults(system_prompt="").first_system_prompt == ""


def test_drafts_and_adapters_are_found_where_they_moved_to(tmp_path: Path) -> None:
    file = tmp_path / "models.json"
    entry = {"draft_model": "/old/d.gguf", "adapters": [{"path": "/old/l.gguf", "scale": 0.5}], "of_later": 1}
    file.write_bytes(msgspec.json.encode({MODEL: entry, "/b.gguf": {"draft_model": 1}}))
    ModelDefaultsStore(file).follow({"/old/d.gguf": "/new/d.gguf", "/old/l.gguf": "/new/l.gguf"})
    moved = ModelDefaultsStore(file).of(MODEL)
    assert (moved.draft_model, moved.adapters) == ("/new/d.gguf", (Adapter("/new/l.gguf", 0.5),))
    assert stored(file)[MODEL] == {
        **entry,
        "draft_model": "/new/d.gguf",
        "adapters": [{"path": "/new/l.gguf", "scale": 0.5}],
    }
    assert stored(file)["/b.gguf"] == {"draft_model": 1}
