"""Where a model runs, in words."""

import msgspec
import pytest

from desktop_app.domain.fit import KvType
from desktop_app.domain.models import ModelInfo, StepsLeft
from desktop_app.domain.offload import Limit, Plan, Share
from desktop_app.domain.servers import ServerAnswer, Trouble
from desktop_app.services.words.device_words import device_words, left_out_words
from desktop_app.services.words.server_words import answer_words
from desktop_app.support.i18n import translator

WHOLE = Plan(
    context=4096, kv_type=KvType.F16, flash_attention=True, gpu_layers=33, all_layers=33,
    shares=(Share(device="CUDA0", layers=33, weights=1, kv_cache=1, compute=1),),
    cpu_experts=0, context_on_gpu=True, host=1, tokens_per_second=1.0, limit=Limit.NONE, fits=True,
)  # fmt: skip
TWO = tuple(Share(device=f"CUDA{place}", layers=14, weights=1, kv_cache=1, compute=1) for place in range(2))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "All 33 layers are on the graphics card."),
        ({"shares": TWO}, "All 33 layers are on 2 graphics cards."),
        ({"gpu_layers": 28, "limit": Limit.MEMORY}, "28 of 33 layers are on the graphics card. 5 did not fit."),
        ({"gpu_layers": 28, "limit": Limit.MEMORY, "shares": TWO}, "28 of 33 layers are on 2 graphics cards. 5 did not fit."),
        ({"gpu_layers": 3, "limit": Limit.WISHED}, "3 of 33 layers are on the graphics card. That is how it was set."),
        ({"gpu_layers": 16, "limit": Limit.REFUSED}, "16 of 33 layers are on the graphics card. With more of them the graphics card ran out of memory."),
        ({"gpu_layers": 16, "limit": Limit.REFUSED, "shares": TWO}, "16 of 33 layers are on 2 graphics cards. With more of them the graphics cards ran out of memory."),
        ({"gpu_layers": 0, "limit": Limit.NO_DEVICE}, "The engine found no graphics card that it can use."),
        ({"gpu_layers": 0, "limit": Limit.GONE}, "The devices that it was to be split over are not available. They are listed in its defaults."),
        ({"gpu_layers": 0, "limit": Limit.SWITCHED_OFF}, "The graphics card is switched off in the settings."),
        ({"gpu_layers": 0, "limit": Limit.MEMORY}, "The graphics card has too little free memory for this model."),
        ({"gpu_layers": 0, "limit": Limit.REFUSED}, "The graphics card ran out of memory when it was tried."),
        ({"cpu_experts": 1}, "All 33 layers are on the graphics card. The experts of one layer stay in the computer's memory."),
        ({"cpu_experts": 9, "kv_type": KvType.Q8_0, "context_on_gpu": False}, "All 33 layers are on the graphics card. The experts of 9 layers stay in the computer's memory. The context stays in the computer's memory. The context is kept with 8 bits."),
    ],
)  # fmt: skip
def test_plans(changes: dict[str, object], words: str) -> None:
    model = ModelInfo(name="m", path="/m", plan=msgspec.structs.replace(WHOLE, **changes))
    assert device_words(model) == words


def test_weights_that_a_card_cannot_compute_with() -> None:
    model = ModelInfo(
        name="m", path="/m", plan=msgspec.structs.replace(WHOLE, cpu_experts=1), weights_left=1_200_000_000
    )
    assert device_words(model) == (
        "1.2 GB of the weights stay in the computer's memory: the graphics card cannot compute with them. "
        "The experts of one layer stay in the computer's memory."
    )


def test_weights_that_several_cards_cannot_compute_with() -> None:
    plan = msgspec.structs.replace(WHOLE, shares=TWO)
    assert device_words(ModelInfo(name="m", path="/m", plan=plan, weights_left=1_200_000_000)) == (
        "1.2 GB of the weights stay in the computer's memory: the graphics cards cannot compute with them."
    )


@pytest.mark.parametrize(
    ("left", "shares", "words"),
    [
        (StepsLeft.ALL, WHOLE.shares, "The processor does some of their steps, which the graphics card cannot do."),
        (StepsLeft.ALL, TWO, "The processor does some of their steps, which the graphics cards cannot do."),
        (
            StepsLeft.READING,
            WHOLE.shares,
            "While a prompt is read the processor does some of their steps, which the graphics card cannot do.",
        ),
        (StepsLeft.NONE, WHOLE.shares, ""),
    ],
)
def test_steps_that_a_card_cannot_do(left: StepsLeft, shares: tuple[Share, ...], words: str) -> None:
    plan = msgspec.structs.replace(WHOLE, shares=shares)
    where = device_words(ModelInfo(name="m", path="/m", plan=plan))
    told = device_words(ModelInfo(name="m", path="/m", plan=plan, steps_left=left))
    assert told == f"{where} {words}".strip()


def test_what_happened_before_goes_first_and_what_was_changed_comes_last() -> None:
    model = ModelInfo(name="m", path="/m", plan=WHOLE, device_reason="It crashed.", changes=("It is smaller.",))
    assert device_words(model) == "It crashed. It is smaller."
    assert device_words(ModelInfo(name="m", path="/m")) == ""


def test_chinese_sentences_have_no_space_between_them() -> None:
    translator.use("zh_CN")
    try:
        told = [left_out_words(["vulkan"]), answer_words(ServerAnswer(address="", trouble=Trouble.NO_PART))]
    finally:
        translator.use("en")
    assert all("。" in words and "。 " not in words for words in told)
