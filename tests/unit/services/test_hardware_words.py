"""What is said about devices."""

import msgspec
import pytest

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.fit import KvType
from desktop_app.domain.hardware import AMD, NVIDIA, DeviceKind, EngineFound, Hardware, Report, WhyNot
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.offload import Limit, Plan, Share
from desktop_app.services.words import hardware_words

GB = 1_000_000_000
CARD = Hardware(
    name="CUDA0", description="NVIDIA GeForce RTX 3090", kind=DeviceKind.CARD, backend="CUDA", vendor=NVIDIA,
    free_memory=20 * GB, total_memory=24 * GB, driver="nvidia 550.54.14",
)  # fmt: skip
ENGINE = EngineFound(
    engine_version="llama.cpp 1", engine_folder="/e", cpu_variant="zen4", cpu_features=("AVX2", "FMA"), devices=(),
    backends=("CUDA", "CPU"),
)  # fmt: skip


def test_a_device_in_words() -> None:
    assert hardware_words.title(CARD) == "NVIDIA GeForce RTX 3090"
    assert hardware_words.facts(CARD) == "Dedicated graphics card · CUDA (CUDA0) · Driver: nvidia 550.54.14"
    assert hardware_words.memory(CARD) == "20 GB of 24 GB free"
    assert hardware_words.why_not(CARD) == ("", "")
    bare = Hardware(vendor=AMD, why_not=WhyNot.NO_DRIVER)
    assert hardware_words.title(bare) == "Graphics card by AMD"
    assert hardware_words.facts(bare) == "Driver: not reported"
    assert hardware_words.memory(bare) == ""
    assert hardware_words.title(Hardware()) == "Graphics card"
    processor = Hardware(name="CPU", description="A processor", kind=DeviceKind.PROCESSOR, backend="CPU")
    assert hardware_words.facts(processor) == "Processor · CPU"
    metal = Hardware(name="MTL0", kind=DeviceKind.INTEGRATED, backend="MTL")
    assert "Metal (MTL0)" in hardware_words.facts(metal)
    far = Hardware(name="RPC0", description="192.168.1.7:50052", kind=DeviceKind.CARD, backend="RPC")
    assert hardware_words.facts(far) == "Device of another computer · RPC (RPC0)"


@pytest.mark.parametrize("reason", list(WhyNot))
@pytest.mark.parametrize("vendor", [NVIDIA, AMD, 0])
def test_every_reason_has_a_sentence_and_names_what_it_is_about(reason: WhyNot, vendor: int) -> None:
    sentence, step = hardware_words.why_not(Hardware(vendor=vendor, why_not=reason, detail="X_Y"))
    assert sentence.endswith(".")
    assert "{" not in sentence + step
    named = reason not in (WhyNot.DISPLAY_ONLY, WhyNot.NO_DRIVER, WhyNot.TOO_OLD, WhyNot.UNKNOWN)
    assert ("X_Y" in sentence + step) == named
    needs_nothing = (WhyNot.DISPLAY_ONLY, WhyNot.BESIDE_CARD, WhyNot.SAME_CARD)
    assert bool(step) == (reason not in needs_nothing)


def test_what_models_run_on() -> None:
    second = Hardware(name="CUDA1", description="NVIDIA T4", kind=DeviceKind.CARD)
    one, two = (Report(looked_at=0.0, devices=cards, engine=ENGINE) for cards in ((CARD,), (CARD, second)))
    assert hardware_words.summary(one) == "Models use the graphics card NVIDIA GeForce RTX 3090, as far as it has room."
    assert "NVIDIA GeForce RTX 3090, NVIDIA T4" in hardware_words.summary(two)
    assert "found no graphics card" in hardware_words.summary(Report(looked_at=0.0, engine=ENGINE))
    alone = msgspec.structs.replace(ENGINE, backends=("BLAS", "RPC", "CPU"))
    assert "packaging/dev.py build-engine" in hardware_words.summary(Report(looked_at=0.0, engine=alone))
    crashed = Report(looked_at=0.0, error=ErrorInfo(ErrorCode.PROBE_CRASHED))
    assert "crashed" in hardware_words.summary(crashed)
    assert hardware_words.build(crashed) == []
    assert dict(hardware_words.build(one))["Processor code"] == "zen4"


def test_a_loaded_model_is_told_with_what_was_planned_and_taken() -> None:
    shares = (Share(device="CUDA0", layers=28, weights=GB, kv_cache=GB, compute=GB), Share(device="CUDA1", layers=0, weights=0, kv_cache=0, compute=0))  # fmt: skip
    plan = Plan(
        context=4096, kv_type=KvType.F16, flash_attention=True, gpu_layers=28, all_layers=33, shares=shares,
        cpu_experts=0, context_on_gpu=True, host=2 * GB, tokens_per_second=41.23, limit=Limit.MEMORY, fits=True,
    )  # fmt: skip
    model = ModelInfo(name="m", path="/m", plan=plan, allocated={"CUDA0": 2_900_000_000})
    assert hardware_words.model_lines(model) == [
        "28 of 33 layers are on the graphics card. 5 did not fit.",
        "CUDA0: 3.0 GB planned, 2.9 GB used.",
        "In the computer's memory: 2.0 GB planned.",
        "It is estimated to write about 41.2 tokens a second.",
    ]
    unknown = msgspec.structs.replace(model, plan=msgspec.structs.replace(plan, tokens_per_second=0.0))
    elsewhere = msgspec.structs.replace(model, servers=("10.0.0.2:50052",))
    for silent in (unknown, elsewhere):
        assert not any("tokens a second" in line for line in hardware_words.model_lines(silent))
    assert hardware_words.model_lines(ModelInfo(name="m", path="/m", device_reason="")) == []
