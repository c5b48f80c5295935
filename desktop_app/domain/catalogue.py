"""The curated list of models that the app knows without a network, as values."""

from typing import Literal

import msgspec

Strength = Literal[
    "chat",
    "writing",
    "code",
    "reasoning",
    "maths",
    "translation",
    "multilingual",
    "summaries",
    "small-devices",
]
"""What a model may be said to be good at."""


class CatalogueFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One quantization of a model.

    `names` are paths within the repository, several for a model that is split, in their order.
    `bytes` is the size of all of them together; `bytes_are` tells whether it was read somewhere or
    follows from the number of parameters. `sha256` is the hash of the one file in hexadecimal, empty
    where it is not known, and always for split files.
    """

    quantization: str
    names: tuple[str, ...]
    bytes: int
    sha256: str
    bytes_are: Literal["exact", "estimated"]


class CatalogueShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it takes to plan a model's memory; 0 where a value does not apply.

    `architecture` is llama.cpp's name. `embedding_length` and `feed_forward_length` count values, in
    mixtures the latter is that of one expert; `key_length` and `value_length` count the values of one
    head. `vocabulary_size`, `trained_context` and `sliding_window` are in tokens. Of every
    `sliding_window_pattern` layers one sees the whole context, the others only the window.
    """

    architecture: str
    layer_count: int
    embedding_length: int
    feed_forward_length: int
    head_count: int
    head_count_kv: int
    key_length: int
    value_length: int
    vocabulary_size: int
    trained_context: int
    expert_count: int
    expert_used_count: int
    sliding_window: int
    sliding_window_pattern: int


class CatalogueModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model that is recommended.

    `parameters` are all of them, `active_parameters` those that work on one token, fewer in mixtures.
    `licence` is the hub's tag, `languages` are BCP 47 codes. `gated` models need a login,
    `thinking` ones can write thoughts before they answer, `tools` ones can call functions.
    `files` run from the smallest to the largest. `verified` names the fields, of the model, its shape or its
    files, that were compared with the stored material that `source` describes.
    """

    id: str
    name: str
    family: str
    parameters: int
    active_parameters: int
    licence: str
    gated: bool
    languages: tuple[str, ...]
    good_at: tuple[Strength, ...]
    thinking: bool
    tools: bool
    summary: str
    repository: str
    shape: CatalogueShape
    files: tuple[CatalogueFile, ...]
    verified: tuple[str, ...]
    source: str


class Catalogue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The list: the starter first, then family by family. `checked` is the year and month of its last revision."""

    format: Literal[1]
    checked: str
    notes: tuple[str, ...]
    models: tuple[CatalogueModel, ...]
