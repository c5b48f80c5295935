"""What is set for a model reaches its engine, its chat template and the command line."""

from pathlib import Path

import msgspec
import pytest

from desktop_app.app import App
from desktop_app.domain.errors import ErrorCode, ModelError
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.model_defaults import Adapter, FlashChoice, KvChoice, LoadOptions, ModelDefaults
from desktop_app.domain.offload import Limit, Plan
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.tuning import AS_USUAL_HERE, Preferred
from desktop_app.services.engines.foresight import Forecast
from desktop_app.services.events import AnswerDelta, ContextUsed
from desktop_app.services.words.device_words import device_words
from tests.benchmarks.gguf_writer import write_adapter

WAIT_SECONDS = 60.0


def test_a_model_is_loaded_as_it_was_set(app: App, starter_model: str) -> None:
    app.settings.change("engine", "context_size", 1024)
    assert app.engines.load(starter_model).result(WAIT_SECONDS).context_size == 1024
    options = LoadOptions(context_size=512, kv_type=KvChoice.Q8_0)
    app.model_defaults.change(starter_model, ModelDefaults(loading=options))
    assert app.engines.reload(starter_model).result(WAIT_SECONDS).context_size == 512


def test_other_adapters_are_used_without_loading_the_model_again(app: App, starter_model: str, tmp_path: Path) -> None:
    app.engines.load(starter_model).result(WAIT_SECONDS)
    worker = app.engines.worker_pids()
    adapter = write_adapter(tmp_path / "adapter.gguf", "blk.0.attn_q.weight", (576, 576))
    app.model_defaults.change(starter_model, ModelDefaults(adapters=(Adapter(str(adapter)),)))
    assert app.engines.reload(starter_model).result(WAIT_SECONDS).path == starter_model
    app.model_defaults.change(starter_model, ModelDefaults(adapters=(Adapter("/gone/adapter.gguf"),)))
    with pytest.raises(ModelError) as refused:
        app.engines.reload(starter_model).result(WAIT_SECONDS)
    assert refused.value.code is ErrorCode.ADAPTER_UNUSABLE
    app.model_defaults.change(starter_model, ModelDefaults())
    app.engines.reload(starter_model).result(WAIT_SECONDS)
    assert app.engines.worker_pids() == worker
    app.model_defaults.change(starter_model, ModelDefaults(loading=LoadOptions(context_size=512)))
    assert app.engines.reload(starter_model).result(WAIT_SECONDS).context_size == 512
    assert app.engines.worker_pids() != worker


def test_the_forecast_counts_what_a_loaded_model_would_give_back(app: App, starter_model: str) -> None:
    before: Forecast = app.engines.forecast(starter_model, LoadOptions(context_size=1024)).result(WAIT_SECONDS)
    assert 100_000_000 < before.needed < before.free
    app.engines._available_memory = lambda: 50_000_000  # with what is given back enough: else a smaller plan is told
    app.engines.load(starter_model).result(WAIT_SECONDS)
    after = app.engines.forecast(starter_model, LoadOptions(context_size=1024)).result(WAIT_SECONDS)
    assert after.needed == before.needed
    assert after.free > 100_000_000


def test_a_template_of_ones_own_takes_the_place_of_the_models(app: App, heard, starter_model: str, greedy) -> None:
    seen: list[str] = []
    render = app.templates.render

    def note(template: str, *arguments: object, **options: object) -> object:
        seen.append(template)
        return render(template, *arguments, **options)

    app.templates.render = note
    template = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
    app.model_defaults.change(starter_model, ModelDefaults(chat_template=template))
    asked = app.chats.ask(None, "One and two and", model_path=starter_model, sampling=greedy)
    ended = heard.answer(asked.answer_id).message
    assert seen == [template]
    assert ended.status is MessageStatus.COMPLETE
    assert ended.receipt is not None
    assert ended.receipt.prompt_tokens < 10  # nothing of the model's own template is around it


def test_an_adapter_that_is_gone_fails_in_words_and_the_question_stays(app: App, heard, starter_model: str) -> None:
    app.model_defaults.change(starter_model, ModelDefaults(adapters=(Adapter("/gone/adapter.gguf"),)))
    asked = app.chats.ask(None, "Hello", model_path=starter_model, sampling=Sampling(max_tokens=4))
    ended = heard.answer(asked.answer_id).message
    assert ended.status is MessageStatus.FAILED
    assert ended.error is not None
    assert ended.error.code is ErrorCode.ADAPTER_UNUSABLE
    app.model_defaults.change(starter_model, ModelDefaults())
    again = app.chats.regenerate(
        asked.chat_id, asked.answer_id, model_path=starter_model, sampling=Sampling(max_tokens=4)
    )
    assert heard.answer(again.answer_id).message.status is MessageStatus.COMPLETE


def test_where_parts_of_a_model_go_is_told_to_its_worker(app: App, starter_model: str) -> None:
    def plan() -> Plan:
        made = app.engines.reload(starter_model).result(WAIT_SECONDS).plan
        assert made is not None
        return made

    assert (plan().flash_attention, plan().context_on_gpu) == (False, True)
    options = LoadOptions(
        context_size=512, flash_attention=FlashChoice.ON, context_on_gpu=False, cpu_experts=1000, split={"CUDA7": 1.0}
    )
    app.model_defaults.change(starter_model, ModelDefaults(loading=options))
    assert (plan().flash_attention, plan().context_on_gpu) == (True, False)
    assert plan().cpu_experts == 0  # it has none


def test_shares_of_cards_become_devices(app: App, starter_model: str) -> None:
    options = LoadOptions(split={"CUDA0": 3.0, "CUDA1": 0.0, "CUDA2": 1.0})
    app.model_defaults.change(starter_model, ModelDefaults(loading=options))
    app.engines.load(starter_model).result(WAIT_SECONDS)
    load = app.engines._engines[starter_model]._load_as_set()
    assert (load.devices, load.split) == (("CUDA0", "CUDA2"), (3.0, 1.0))


def test_flash_attention_as_a_person_set_it_comes_before_what_was_measured(app: App, starter_model: str) -> None:
    app.engines.load(starter_model).result(WAIT_SECONDS)
    engine = app.engines._engines[starter_model]
    engine._preferred = Preferred(batch_size=128, flash_attention=True)
    assert engine._load_as_set().flash_attention is True
    options = LoadOptions(flash_attention=FlashChoice.OFF)
    app.model_defaults.change(starter_model, ModelDefaults(loading=options))
    assert engine._load_as_set().flash_attention is False


def test_a_model_that_was_measured_to_be_faster_without_the_card_says_so(app: App, starter_model: str) -> None:
    app.engines.load(starter_model).result(WAIT_SECONDS)
    engine = app.engines._engines[starter_model]
    faster_without = Preferred(batch_size=0, flash_attention=None, gpu_layers=0)
    assert engine._orders.load(starter_model, faster_without).gpu_layers == 0
    plan = msgspec.structs.replace(engine._model.plan, limit=Limit.SWITCHED_OFF)
    model = msgspec.structs.replace(engine._model, plan=plan, device_reason="")  # as where the engine knows cards

    def words(preferred: Preferred) -> str:
        return device_words(engine._orders.told_in(model, preferred))

    assert words(faster_without) == "It was measured to be faster without the graphics card."
    assert words(AS_USUAL_HERE) == "The graphics card is switched off in the settings."
    app.model_defaults.change(starter_model, ModelDefaults(loading=LoadOptions(gpu_layers=0)))
    assert words(faster_without) == "The graphics card is switched off in the settings."


def test_a_receipt_names_the_adapters_that_came_while_the_question_waited(
    app: App, heard, starter_model: str, tmp_path: Path
) -> None:
    app.engines.load(starter_model).result(60)
    adapter = write_adapter(tmp_path / "adapter.gguf", "blk.0.attn_q.weight", (576, 576))
    sampling = Sampling(temperature=0.8, min_p=0.0, max_tokens=2000, seed=7)
    first = app.chats.ask(None, "Tell me about ships.", model_path=starter_model, sampling=sampling)
    heard.wait_for(AnswerDelta)
    app.model_defaults.change(starter_model, ModelDefaults(adapters=(Adapter(str(adapter)),)))
    changed = app.engines.reload(starter_model)
    short = Sampling(temperature=0.0, max_tokens=2)
    second = app.chats.ask(None, "And boats?", model_path=starter_model, sampling=short)
    heard.wait_for(ContextUsed, lambda event: event.chat_id == second.chat_id)
    assert not changed.done(), "the first answer is written to its end"
    app.chats.stop(first.answer_id)
    receipts = [heard.answer(answer_id).message.receipt for answer_id in (first.answer_id, second.answer_id)]
    assert [receipt.adapters for receipt in receipts if receipt is not None] == [(), ("adapter.gguf × 1",)]
