"""Models as frozen values: a file on disk, and what a worker found in it."""

from enum import StrEnum

import msgspec

from desktop_app.domain.families import Network
from desktop_app.domain.offload import Plan
from desktop_app.domain.servers import ServerAnswer

CPU, GPU, GPU_AND_CPU = "CPU", "GPU", "GPU + CPU"
"""Badges of models that are as a whole on the processor, or on graphics cards of this computer."""


class ModelFile(msgspec.Struct, frozen=True, kw_only=True):
    """A GGUF file that can be chosen; `size` in bytes of all parts, `app` names the other app that keeps it, if any.

    `last_used` is when an engine last loaded it, in seconds since 1970; 0 for never. `missing` says that a file
    which was chosen has gone, `changed` that it is not as it was when its download arrived, `lacks` how many bytes of
    it are not there. `former` are the paths under which chats may know it from before it was moved.
    """

    path: str
    name: str
    quantization: str = ""
    size: int = 0
    is_starter: bool = False
    app: str = ""
    last_used: float = 0.0
    missing: bool = False
    changed: bool = False
    lacks: int = 0
    former: tuple[str, ...] = ()

    @property
    def is_usable(self) -> bool:
        """Whether all of it is there."""
        return not self.missing and not self.lacks


class OriginFile(msgspec.Struct, frozen=True):
    """A file as it was on the hub, with the hash, size and time of change that it had when it had arrived.

    A `size` of -1 says that size and time were not noted.
    """

    name: str
    sha256: str
    size: int = -1
    modified: float = 0.0


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model was downloaded from; `licence` is what its card told by the hub's tag, empty for none."""

    repository: str
    commit: str
    files: tuple[OriginFile, ...]
    licence: str = ""


class ModelDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What a file's header says of a model; `size` in bytes of all parts, `context` in tokens, empty where unsaid.

    `last_used` is when an engine last loaded it, in seconds since 1970; 0 for never.
    """

    path: str
    name: str
    architecture: str
    quantization: str
    size: int
    parameters: str = ""
    layers: int = 0
    context: int = 0
    licence: str = ""
    has_chat_template: bool = False
    last_used: float = 0.0
    network: Network = Network()


class StepsLeft(StrEnum):
    """Which steps of layers on graphics cards the processor does, since the cards cannot."""

    NONE = ""
    READING = "reading"
    """Some, while a prompt is read."""
    ALL = "all"
    """Some, for each token."""


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker reports about the model that it loaded.

    `device` is the badge's text: 'CPU', 'GPU', 'GPU 28/33', 'GPU + CPU' where all layers are there and the processor does some steps, or, with layers in other computers, 'Remote 28/33', `plan` what it was loaded by, and `allocated` the bytes
    that it then took on each device, without the `weights_left`, which a device cannot compute with. `device_reason` says why it is on no other device where that is not the plan's
    doing, `left_out` names the backends that the engine does without, since they crashed or hung when they were tried,
    and `changes` what else differs from a person's wishes, each an English message id. `servers` are the addresses
    of the other computers that hold layers of it, `missing_servers` those that should and do not.
    `context_size` is the window that was made, `trained_context` what the model was trained for,
    both in tokens. `model_hash` is a quick fingerprint of its files, `threads` how
    many compute at most, `cores` how many compute a reproducible answer.
    `chat_template` is the Jinja source of the file, empty where it has none;
    `begin_token` and `end_token` are the texts that a template may insert, `control_texts` all that are read as
    control tokens where they stand in a prompt.
    """

    name: str
    path: str
    quantization: str = ""
    architecture: str = ""
    parameter_count: int = 0
    layer_count: int = 0
    file_size: int = 0
    context_size: int = 0
    trained_context: int = 0
    vocabulary_size: int = 0
    chat_template: str = ""
    begin_token: str = ""
    end_token: str = ""
    control_texts: tuple[str, ...] = ()
    engine_build: str = ""
    engine_version: str = ""
    device: str = CPU
    device_reason: str = ""
    left_out: tuple[str, ...] = ()
    plan: Plan | None = None
    allocated: dict[str, int] = {}
    weights_left: int = 0
    steps_left: StepsLeft = StepsLeft.NONE
    changes: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    missing_servers: tuple[ServerAnswer, ...] = ()
    safe_mode: bool = False
    load_seconds: float = 0.0
    model_hash: str = ""
    kv_type: str = ""
    threads: int = 0
    cores: int = 0
    cpu_features: str = ""
