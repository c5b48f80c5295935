"""Which family of networks a model belongs to, by the name of its architecture and by the numbers in its header.

The names are llama.cpp's (src/llama-arch.cpp: llm_arch_is_recurrent, llm_arch_is_hybrid, llm_arch_is_diffusion). A
name that is not listed here is judged by what the header says its layers have, and is unknown where it does not.
"""

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from desktop_app.domain.gguf import Header


class Family(StrEnum):
    """How a network deals with what came before."""

    TRANSFORMER = "transformer"
    RECURRENT = "recurrent"
    HYBRID = "hybrid"
    CONVOLUTIONAL_HYBRID = "convolutional hybrid"
    ENCODER = "encoder"
    ENCODER_DECODER = "encoder and decoder"
    DIFFUSION = "diffusion"
    SPEECH = "speech"
    IMAGE_READER = "image reader"
    UNKNOWN = "unknown"


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """A family, and whether its layers are mixtures of experts: `asked` of `experts` for each token, 0 where unsaid."""

    family: Family = Family.UNKNOWN
    is_mixture: bool = False
    experts: int = 0
    asked: int = 0


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


FAMILIES = {
    Family.RECURRENT: _names("mamba mamba2 rwkv6 rwkv6qwen2 rwkv7 arwkv7"),
    Family.HYBRID: _names(
        "qwen3next qwen35 qwen35moe qwen4exp minimax-01 falcon-h1 jamba plamo2 granitehybrid nemotron_h nemotron_h_moe "
        "kimi-linear kimi-k3 bailingmoe3 glm5-next"
    ),
    Family.CONVOLUTIONAL_HYBRID: _names("lfm2 lfm2moe"),
    Family.ENCODER: _names(
        "bert modern-bert nomic-bert nomic-bert-moe neo-bert jina-bert-v2 jina-bert-v3 eurobert gemma-embedding "
        "llama-embed t5encoder"
    ),
    Family.ENCODER_DECODER: _names("t5"),
    Family.DIFFUSION: _names("dream llada llada-moe rnd1"),
    Family.SPEECH: _names("wavtokenizer-dec qwen3tts pockettts"),
    Family.IMAGE_READER: _names("clip"),
    Family.TRANSFORMER: _names(
        "llama llama4 deci falcon grok gpt2 gptj gptneox mpt baichuan starcoder refact bloom stablelm qwen qwen2 qwen2moe "
        "qwen2vl qwen3 qwen3moe qwen3vl qwen3vlmoe phi2 phi3 phimoe plamo plamo3 codeshell orion internlm2 minicpm "
        "minicpm3 gemma gemma2 gemma3 gemma3n gemma4 gemma4-assistant starcoder2 maple xverse command-r cohere2 cohere2moe "
        "dbrx olmo olmo2 olmoe muse-glimmer openelm arctic deepseek deepseek2 deepseek2-ocr deepseek32 deepseek4 chatglm "
        "glm4 glm4moe glm-dsa bitnet jais jais2 nemotron exaone exaone4 exaone-moe granite granitemoe graniteswitch "
        "granite_swa chameleon plm bailingmoe bailingmoe2 dots1 dots3note arcee afmoe laguna ernie4_5 ernie4_5-moe "
        "hunyuan-moe hunyuan-dense hunyuan_vl hy_v3 hy_v4 smollm3 gpt-oss smallthinker seed_oss grovemoe apertus hrm_text "
        "minimax-m2 minimax-m3 cogvlm pangu-embedded mistral3 mistral4 eagle3 dflash paddleocr mimo2 step35 spark2_5 "
        "maincoder talkie mellum nanbeige"
    ),
}
"""Every architecture that the engine knows, by its family."""

MIXTURES = _names(
    "qwen2moe qwen3moe qwen3vlmoe qwen3next qwen35moe phimoe cohere2moe dbrx olmoe grok arctic deepseek deepseek2 "
    "deepseek32 glm4moe nemotron_h_moe exaone-moe granitemoe nomic-bert-moe bailingmoe bailingmoe2 bailingmoe3 dots1 afmoe "
    "ernie4_5-moe hunyuan-moe gpt-oss lfm2moe smallthinker llada-moe rnd1 grovemoe minimax-m2 minimax-01 llama4 kimi-linear"
)
"""Those that are always mixtures; others may be, as their file says."""
_BY_NAME = {name: family for family, names in FAMILIES.items() for name in names}
_STATES = ("ssm.state_size", "wkv.head_size", "kda.head_dim")
"""What the header of a network with a state has one of."""


def network_named(architecture: str) -> Network:
    """Return what the name of an architecture tells alone."""
    return Network(family=_BY_NAME.get(architecture, Family.UNKNOWN), is_mixture=architecture in MIXTURES)


def network_of(header: "Header") -> Network:
    """Return what a model's header tells, its numbers before its name."""
    named = network_named(header.architecture)
    experts = header.number("expert_count")
    asked = header.number("expert_used_count") or max(_layers(header, "expert_used_count"), default=0)
    return Network(
        family=_by_numbers(header) if named.family is Family.UNKNOWN else named.family,
        is_mixture=named.is_mixture or experts > 0,
        experts=experts,
        asked=int(asked) if 0 < asked <= experts else 0,
    )


def _by_numbers(header: "Header") -> Family:
    """Return the family of an unknown architecture by what its layers have."""
    kept = _layers(header, "attention.head_count_kv") or _layers(header, "attention.head_count")
    looks_back = any(kept) or header.number("attention.head_count_kv") > 0 or header.number("attention.head_count") > 0
    if any(header.number(name) for name in _STATES):
        return Family.HYBRID if looks_back else Family.RECURRENT
    if header.number("shortconv.l_cache"):
        return Family.CONVOLUTIONAL_HYBRID
    if not looks_back:
        return Family.UNKNOWN
    is_causal = header.metadata.get(f"{header.architecture}.attention.causal", True)
    return Family.TRANSFORMER if is_causal else Family.ENCODER


def _layers(header: "Header", name: str) -> tuple[int | float, ...]:
    return header.arrays.get(f"{header.architecture}.{name}", ())
