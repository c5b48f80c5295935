"""Puts a receipt together from what the worker reports and what the services know of a request."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from desktop_app.domain.messages import FinishReason, Receipt
from desktop_app.domain.model_defaults import Adapter
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.parts import Part, beginning
from desktop_app.domain.sampling import Sampling
from desktop_app.protocol.engine import Finished
from desktop_app.services.hardware.energy import Energy

HASH_DIGITS = 16
"""How many digits of a SHA-256 tell templates and prompts apart."""


class Making(msgspec.Struct, frozen=True, kw_only=True):
    """What the services know of a request when it is sent: what goes into its receipt."""

    sampling: Sampling
    template: str
    prompt: str
    reproducible: bool
    dropped_turns: int
    summary: str
    adapters: tuple[Adapter, ...]
    known_hash: str
    begun_at: float


def receipt_of(event: Finished, model: ModelInfo, making: Making, energy: Energy) -> Receipt:
    """Return the receipt of an answer that has ended."""
    return Receipt(
        model_name=model.name,
        model_file=Path(model.path).name,
        model_size=model.file_size,
        model_hash=making.known_hash or model.model_hash,
        quantization=model.quantization,
        engine_build=model.engine_build,
        engine_version=model.engine_version,
        device=model.device,
        cpu_features=model.cpu_features,
        safe_mode=model.safe_mode,
        kv_type=model.kv_type,
        context_size=model.context_size,
        threads=model.cores if making.reproducible else model.threads,
        adapters=adapter_names(making.adapters),
        template_hash=short_hash(making.template),
        prompt_hash=short_hash(making.prompt),
        sampling=event.sampling or making.sampling,
        resampled_at=event.resampled_at or None,  # 0: before its first token
        seed=event.seed,
        prompt_tokens=event.prompt_tokens,
        cached_tokens=event.cached_tokens,
        completion_tokens=event.completion_tokens,
        tokens_hash=event.tokens_hash,
        seconds_to_first_token=event.seconds_to_first_token,
        tokens_per_second=event.tokens_per_second,
        decodes=event.decodes,
        guessed_tokens=event.guessed_tokens,
        true_guesses=event.true_guesses,
        finish_reason=event.reason,
        reproducible=making.reproducible,
        dropped_turns=making.dropped_turns,
        summary=making.summary,
        energy=energy.watt_hours,
        energy_sources=energy.sources,
        made_at=making.begun_at,
    )


def unsent_receipt(model: ModelInfo | None, sampling: Sampling) -> Receipt:
    """Return the receipt of an answer that was cancelled before the worker saw it."""
    return Receipt(
        model_name=model.name if model is not None else "", sampling=sampling, finish_reason=FinishReason.CANCELLED
    )


def with_beginning(receipt: Receipt, begun: tuple[Part, ...]) -> Receipt:
    """Return the receipt of an answer that had `begun` in it before its first token; what its sampling says goes without."""
    is_said = begun == beginning(receipt.sampling.begin_with)
    return receipt if is_said else msgspec.structs.replace(receipt, begun=begun)


def adapter_names(adapters: Sequence[Adapter]) -> tuple[str, ...]:
    """Return the files of adapters with their strengths."""
    return tuple(f"{Path(adapter.path).name} × {adapter.scale:g}" for adapter in adapters)


def short_hash(text: str) -> str:
    """Return the first digits of the SHA-256 of `text`; empty for no text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:HASH_DIGITS] if text else ""
