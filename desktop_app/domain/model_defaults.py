"""What a person set for one model: how it is loaded, and how its answers begin.

Titles and descriptions are English message ids, as in `domain/sampling.py`.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from desktop_app.domain.chats import DEFAULT_SYSTEM_PROMPT
from desktop_app.domain.fit import KvType
from desktop_app.domain.sampling import Sampling, with_changes

LONGEST_TEXT = 200_000
"""Characters of a system prompt or a chat template; real ones have up to 20,000."""
LONGEST_PATH = 4096
MOST_ADAPTERS = 16
MOST_CARDS = 64
LARGEST_SHARE = 100.0
"""Of a model that is split over several graphics cards; only how shares compare counts."""


class Adapter(msgspec.Struct, frozen=True):
    """A LoRA adapter: a GGUF file, and how strongly it is applied (1 as it was trained, 0 not at all)."""

    path: str
    scale: Annotated[float, Meta(ge=-4.0, le=4.0)] = 1.0


class KvChoice(StrEnum):
    """How a context is to be kept: as the planner finds best, or in one of llama.cpp's types."""

    AUTO = "auto"
    F16 = "f16"
    Q8_0 = "q8_0"
    Q4_0 = "q4_0"

    @property
    def kv_type(self) -> KvType | None:
        """The type, None where it is left to the planner."""
        return None if self is KvChoice.AUTO else KvType(self.value)


class FlashChoice(StrEnum):
    """Whether flash attention is used."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"

    @property
    def wish(self) -> bool | None:
        """Whether it is wanted, None where it is left to the planner."""
        return None if self is FlashChoice.AUTO else self is FlashChoice.ON


class LoadOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a model is loaded; what is None follows the settings.

    `split` has the shares of several graphics cards by the engine's names for them, empty to fill them as it fits.
    """

    context_size: (
        Annotated[
            int,
            Meta(
                title="Context size",
                description="Tokens that the model can look at; 0 takes its own, up to 8,192. Empty follows the settings.",
                ge=0,
                le=1_048_576,
                extra_json_schema={"step": 512, "unit": "tokens", "empty": "as in the settings"},
            ),
        ]
        | None
    ) = None
    kv_type: Annotated[
        KvChoice,
        Meta(
            title="Context precision",
            description="How exactly the context is kept. Smaller types leave room for longer chats; on the processor they write more slowly.",
            extra_json_schema={
                "labels": {
                    "auto": "Exact, or 8 bits where it would not fit",
                    "f16": "16 bits, exact",
                    "q8_0": "8 bits, half as large",
                    "q4_0": "4 bits, a quarter as large",
                }
            },
        ),
    ] = KvChoice.AUTO
    batch_size: Annotated[
        int,
        Meta(
            title="Batch size",
            description="Tokens of a prompt that are read at once; 0 chooses. More is faster on a graphics card, and takes more memory.",
            ge=0,
            le=4096,
            extra_json_schema={"step": 32, "unit": "tokens", "empty": "auto", "stands_for": 0},
        ),
    ] = 0
    gpu_layers: (
        Annotated[
            int,
            Meta(
                title="Layers on the GPU",
                description="How many layers the graphics card takes; -1 for all that fit, 0 for none. Empty follows the settings.",
                ge=-1,
                le=1024,
                extra_json_schema={"step": 1, "empty": "as in the settings"},
            ),
        ]
        | None
    ) = None
    cpu_experts: (
        Annotated[
            int,
            Meta(
                title="Experts on the processor",
                description="For mixtures of experts: how many layers leave their experts in the computer's memory, so that the rest has room on the graphics card. Empty chooses as it fits.",
                ge=0,
                le=1024,
                extra_json_schema={"step": 1, "empty": "automatic"},
            ),
        ]
        | None
    ) = None
    context_on_gpu: Annotated[
        bool,
        Meta(
            title="Context on the graphics card",
            description="Off keeps the context in the computer's memory, which leaves room for more layers and writes more slowly.",
        ),
    ] = True
    flash_attention: Annotated[
        FlashChoice,
        Meta(
            title="Flash attention",
            description="Computes attention without large tables in between. A context of 8 or 4 bits always uses it.",
            extra_json_schema={"labels": {"auto": "On graphics cards", "on": "Always", "off": "Never"}},
        ),
    ] = FlashChoice.AUTO
    split: Annotated[dict[str, Annotated[float, Meta(ge=0.0, le=LARGEST_SHARE)]], Meta(max_length=MOST_CARDS)] = {}
    mmap: Annotated[
        bool,
        Meta(
            title="Read the file in place",
            description="Maps the file into memory, which loads faster and shares it (mmap). Off reads a copy: for slow or unsteady disks.",
        ),
    ] = True
    mlock: Annotated[
        bool,
        Meta(
            title="Keep in memory",
            description="Keeps the system from swapping the model out (mlock), where the system allows it.",
        ),
    ] = False

    @property
    def shares(self) -> dict[str, float]:
        """The cards that take a share at all; one with none is not used."""
        return {name: share for name, share in self.split.items() if share > 0.0}


class ModelDefaults(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is set for one model; `sampling` holds only what differs from the person's own settings.

    An empty `chat_template` stands for the model's own, a `system_prompt` of None for the app's. `draft_model`
    is the path of a smaller model of the same vocabulary that guesses ahead, empty for none.
    """

    loading: LoadOptions = LoadOptions()
    adapters: Annotated[tuple[Adapter, ...], Meta(max_length=MOST_ADAPTERS)] = ()
    draft_model: Annotated[str, Meta(max_length=LONGEST_PATH)] = ""
    system_prompt: Annotated[str, Meta(max_length=LONGEST_TEXT)] | None = None
    chat_template: Annotated[str, Meta(max_length=LONGEST_TEXT)] = ""
    sampling: dict[str, float | int | None] = {}

    @property
    def first_system_prompt(self) -> str:
        """The system prompt that a new chat begins with."""
        return DEFAULT_SYSTEM_PROMPT if self.system_prompt is None else self.system_prompt

    def sampling_over(self, base: Sampling) -> Sampling:
        """Return `base` with what is set for this model; what an older or newer release set otherwise is passed over."""
        changed = base
        for name, value in self.sampling.items():
            if name in Sampling.__struct_fields__:
                try:
                    changed = with_changes(changed, {name: value})
                except msgspec.ValidationError:
                    continue
        return changed


def sampling_changes(base: Sampling, chosen: Sampling) -> dict[str, float | int | None]:
    """Return what differs from `base` in `chosen`."""
    return {
        name: getattr(chosen, name)
        for name in Sampling.__struct_fields__
        if getattr(chosen, name) != getattr(base, name)
    }


def chosen(value: int | None, usual: int) -> int:
    """Return `value`, or `usual` where it follows the settings."""
    return usual if value is None else value
