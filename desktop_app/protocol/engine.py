"""Messages between the owner and a model's worker.

The owner opens with `Hello`, the worker answers `Ready`; then `Load`, and any number of requests.
Every command and event about a request carries its `request_id`; after `Cancel` the worker still
ends the request with `Finished`, and the owner drops what arrives late.
"""

import msgspec

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.fit import KvType
from desktop_app.domain.messages import FinishReason
from desktop_app.domain.model_defaults import Adapter
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.sampling import Sampling

VERSION = 1
"""Raised with every incompatible change; both ends must agree on it."""


class Hello(msgspec.Struct, frozen=True, tag=True):
    """First command: the owner's protocol version."""

    version: int = VERSION


class Load(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Load a model and test it with one tiny decode.

    `context_size` in tokens, 0 for the model's own up to a sensible limit; `threads` 0 for the
    physical cores granted to the worker; `gpu_layers` -1 for all that fit. `safe_mode` avoids the
    CPU paths that crash on some machines (llama.cpp's extra buffer types). `sequences` is how many
    answers may share the context. `kv_type` says how the context is kept, `batch_size` how many tokens
    of a prompt are read at once (0 chooses), `mmap` and `mlock` how the weights are held in memory.
    What was read is kept in `snapshot_folder` (nowhere where it is empty), up to `snapshot_bytes` in all.
    """

    model_path: str
    context_size: int = 0
    threads: int = 0
    gpu_layers: int = -1
    safe_mode: bool = False
    sequences: int = 1
    kv_type: KvType = KvType.F16
    batch_size: int = 0
    mmap: bool = True
    mlock: bool = False
    adapters: tuple[Adapter, ...] = ()
    snapshot_folder: str = ""
    snapshot_bytes: int = 0


class Generate(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Continue `prompt`, which the chat template has already rendered, special tokens as text.

    What is read may be kept on disk under `keep_as`, where that is not empty.
    """

    request_id: str
    prompt: str
    sampling: Sampling
    stop: tuple[str, ...] = ()
    keep_as: str = ""


class ForgetKept(msgspec.Struct, frozen=True, tag=True):
    """Delete what is kept on disk under `keep_as`; nobody answers."""

    keep_as: str


class CountTokens(msgspec.Struct, frozen=True, tag=True):
    """Ask how many tokens `text` has, special tokens parsed."""

    request_id: str
    text: str


class Cancel(msgspec.Struct, frozen=True, tag=True):
    """End a request as soon as possible: between tokens, prompt chunks, or inside a decode."""

    request_id: str


class Unload(msgspec.Struct, frozen=True, tag=True):
    """End the worker process in good order; its memory comes back with it."""


Command = Hello | Load | Generate | ForgetKept | CountTokens | Cancel | Unload


class Ready(msgspec.Struct, frozen=True, tag=True):
    """Answer to `Hello`: the worker's protocol version and the engine build that it uses."""

    version: int
    engine_build: str
    engine_version: str


class LoadProgress(msgspec.Struct, frozen=True, tag=True):
    """How far the weights are read, 0 to 1."""

    fraction: float


class SelfTesting(msgspec.Struct, frozen=True, tag=True):
    """The weights are read and the first tiny decode begins; a crash from here on is the CPU path's."""


class Loaded(msgspec.Struct, frozen=True, tag=True):
    """The model answers."""

    model: ModelInfo


class LoadFailed(msgspec.Struct, frozen=True, tag=True):
    """The model could not be loaded; the worker is of no further use."""

    error: ErrorInfo


class PromptProgress(msgspec.Struct, frozen=True, tag=True):
    """How many of the prompt's tokens are in the context; the first one also tells the reuse."""

    request_id: str
    done: int
    total: int
    cached: int


class Tokens(msgspec.Struct, frozen=True, tag=True):
    """The next piece of an answer: whole characters only; `count` tokens made it."""

    request_id: str
    text: str
    count: int


class Finished(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """The request ended; durations in seconds, as in `domain.messages.Receipt`."""

    request_id: str
    reason: FinishReason
    seed: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    seconds_to_first_token: float
    tokens_per_second: float


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The request could not be served; the worker goes on."""

    request_id: str
    error: ErrorInfo


class TokenCount(msgspec.Struct, frozen=True, tag=True):
    """Answer to `CountTokens`."""

    request_id: str
    count: int


Event = (
    Ready | LoadProgress | SelfTesting | Loaded | LoadFailed | PromptProgress | Tokens | Finished | Failed | TokenCount
)


class DeviceFound(msgspec.Struct, frozen=True, kw_only=True):
    """A device that an engine build can compute on; memory in bytes, 0 where the driver does not tell."""

    name: str
    description: str
    is_gpu: bool
    free_memory: int
    total_memory: int


class DevicesListed(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """What a probe found; it says this one thing and ends.

    `cpu_variant` names the library chosen for this processor, empty where the build has just one;
    `cpu_features` are the instructions and libraries that it uses.
    """

    engine_version: str
    engine_folder: str
    cpu_variant: str
    cpu_features: tuple[str, ...]
    devices: tuple[DeviceFound, ...]
