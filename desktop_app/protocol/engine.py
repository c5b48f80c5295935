"""Messages between the owner and a model's worker.

The owner opens with `Hello`, the worker answers `Ready`; then `Load`, and any number of requests.
Every command and event about a request carries its `request_id`; after `Cancel` the worker still
ends the request with `Finished`, and the owner drops what arrives late.
"""

import msgspec

from desktop_app.domain.attention import Attention
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.fit import KvType
from desktop_app.domain.messages import FinishReason
from desktop_app.domain.model_defaults import Adapter
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.near_words import NearWords
from desktop_app.domain.sampling import Sampling
from desktop_app.protocol.last_words import Aborting
from desktop_app.support.network import NetworkUse

VERSION = 3
"""Raised with every incompatible change; both ends must agree on it."""


class Hello(msgspec.Struct, frozen=True, tag=True):
    """First command: the owner's protocol version, and the libraries to load of a build with loadable parts.

    Without `parts` ggml looks for them itself.
    """

    version: int = VERSION
    parts: tuple[str, ...] = ()


class Load(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Load a model and test it with one tiny decode.

    `context_size` in tokens, 0 for the model's own up to a sensible limit; `threads` 0 for the
    physical cores granted to the worker; `gpu_layers` -1 for all that fit. `safe_mode` avoids the
    CPU paths that crash on some machines (llama.cpp's extra buffer types). `sequences` is how many
    answers may share the context. `kv_type` says how the context is kept, None as it fits best, `batch_size` how many tokens
    of a prompt are read at once (0 chooses), `mmap` and `mlock` how the weights are held in memory.
    What was read is kept in `snapshot_folder` (nowhere where it is empty), up to `snapshot_bytes` in all.
    With `guesses` several tokens are computed at once where the next ones can be guessed, by the text itself
    or by the smaller model in `draft_path`. `split`, `cpu_experts`, `context_on_gpu`, `flash_attention` and `devices`
    are wishes for `domain.offload`. `servers` are the addresses of other computers that may hold layers of it: where it
    does not fit here, or `servers_always`; nothing is connected to where the person is `offline`.
    """

    model_path: str
    context_size: int = 0
    threads: int = 0
    gpu_layers: int = -1
    safe_mode: bool = False
    sequences: int = 1
    kv_type: KvType | None = None
    batch_size: int = 0
    mmap: bool = True
    mlock: bool = False
    adapters: tuple[Adapter, ...] = ()
    snapshot_folder: str = ""
    snapshot_bytes: int = 0
    guesses: bool = True
    draft_path: str = ""
    split: tuple[float, ...] = ()
    cpu_experts: int | None = None
    context_on_gpu: bool = True
    flash_attention: bool | None = None
    devices: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    servers_always: bool = False
    offline: bool = False


class Generate(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Continue `prompt`, which the chat template has already rendered, special tokens as text.

    What is read may be kept on disk under `keep_as`, where that is not empty. With `probabilities` the
    choice of each token is told, with so many of the likeliest ones. `control_tokens` asks for the names of
    those control tokens in the text that mark thoughts and calls of tools; all others are left out of it. A `reproducible` answer shares nothing with
    others, so that the same request gives the same tokens whatever else the worker does. `begun` is what of the answer
    stands at the end of the prompt already, as it stands there: a grammar that allows it goes on behind it, and begins
    there otherwise, and a stop string or a banned phrase may have begun in it.
    """

    request_id: str
    prompt: str
    sampling: Sampling
    stop: tuple[str, ...] = ()
    keep_as: str = ""
    probabilities: int | None = None
    control_tokens: bool = False
    reproducible: bool = False
    begun: str = ""


class Score(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Ask how likely `text` is behind `prompt`: its tokens come as those of an answer, each with its trace.

    `probabilities` is how many of the likeliest tokens each trace has. Where nothing precedes the text,
    its first token has no trace, since there is nothing to tell it from.
    """

    request_id: str
    prompt: str
    text: str
    sampling: Sampling
    probabilities: int = 0


class NextLogits(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Ask for the logits behind `prompt`, which the chat template has already rendered; nothing is written.

    It is read where `keep_as` is kept, and waits until nobody else's answer is being written. Where more than
    `most_unread` tokens would have to be read for it, only their number is told. The tokens of `texts` are told, too,
    and which of the last tokens begin one of the `breakers`.
    """

    request_id: str
    prompt: str
    texts: tuple[str, ...] = ()
    breakers: tuple[str, ...] = ()
    keep_as: str = ""
    most_unread: int | None = None


class Attend(msgspec.Struct, frozen=True, tag=True):
    """Ask which earlier tokens each token of `text` looks at behind `prompt`, which the chat template has rendered.

    All of it is read again for that, apart from what else is read and written, with its progress told.
    """

    request_id: str
    prompt: str
    text: str


class FindNear(msgspec.Struct, frozen=True, tag=True):
    """Ask for the `count` words whose vectors are nearest to the sum of those of `plus`, less those of `minus`."""

    request_id: str
    plus: tuple[str, ...]
    minus: tuple[str, ...]
    count: int


class Tokenize(msgspec.Struct, frozen=True, tag=True):
    """Ask for the tokens of `text`, special tokens parsed; `opened` as the model reads a prompt."""

    request_id: str
    text: str
    opened: bool = False


class Detokenize(msgspec.Struct, frozen=True, tag=True):
    """Ask for the pieces of `tokens`."""

    request_id: str
    tokens: tuple[int, ...]


class ForgetKept(msgspec.Struct, frozen=True, tag=True):
    """Delete what is kept on disk under `keep_as`; nobody answers."""

    keep_as: str


class CountTokens(msgspec.Struct, frozen=True, tag=True):
    """Ask how many tokens `text` has, control tokens parsed, but where it is what somebody says: `as_words`."""

    request_id: str
    text: str
    as_words: bool = False


class Cancel(msgspec.Struct, frozen=True, tag=True):
    """End a request as soon as possible: between tokens, prompt chunks, or inside a decode."""

    request_id: str


class Resample(msgspec.Struct, frozen=True, tag=True):
    """Go on with an answer as `sampling` says, from its next token on, as far as `domain.sampling_rules` allows.

    Nobody answers; one that has ended meanwhile stays as it is.
    """

    request_id: str
    sampling: Sampling


class Unload(msgspec.Struct, frozen=True, tag=True):
    """End the worker process in good order; its memory comes back with it."""


class UseAdapters(msgspec.Struct, frozen=True, tag=True):
    """Apply these LoRA adapters and control vectors, and no others, once the answers at work have ended."""

    request_id: str
    adapters: tuple[Adapter, ...]


class Embed(msgspec.Struct, frozen=True, tag=True):
    """Ask for the vector that stands for `text`; `Cancel` gives it up."""

    request_id: str
    text: str


class CheckGrammar(msgspec.Struct, frozen=True, tag=True):
    """Ask whether answers can be kept to `grammar`, or else to `json_schema`."""

    request_id: str
    grammar: str
    json_schema: str


Question = (
    Generate
    | Score
    | NextLogits
    | Attend
    | FindNear
    | CountTokens
    | Tokenize
    | Detokenize
    | UseAdapters
    | Embed
    | CheckGrammar
)
"""What is asked of a loaded model; each is answered by its own event, or by `Failed`."""

Command = Hello | Load | Question | ForgetKept | Resample | Cancel | Unload


class Ready(msgspec.Struct, frozen=True, tag=True):
    """Answer to `Hello`: the worker's protocol version and the engine build that it uses.

    `cards` are this computer's graphics cards, by `domain.hardware.cards_of_engine`.
    """

    version: int
    engine_build: str
    engine_version: str
    cards: tuple[str, ...] = ()


class Reading(msgspec.Struct, frozen=True, tag=True):
    """The weights are about to be read, so many layers onto a GPU, for a context of so many tokens."""

    gpu_layers: int
    context_size: int


class LoadProgress(msgspec.Struct, frozen=True, tag=True):
    """How far the weights are read, 0 to 1."""

    fraction: float


class SelfTesting(msgspec.Struct, frozen=True, tag=True):
    """The weights are read and the first tiny decode begins; a crash from here on is the CPU path's."""


class Loaded(msgspec.Struct, frozen=True, tag=True):
    """The model answers."""

    model: ModelInfo


class ServerLost(msgspec.Struct, frozen=True, tag=True):
    """A server that holds layers of the model is gone; the worker ends the process now.

    `silent_seconds` is how long it owed an answer, 0 where its connection ended.
    """

    address: str
    reason: str
    silent_seconds: int = 0


class Used(msgspec.Struct, frozen=True, tag=True):
    """Something went over the network."""

    use: NetworkUse


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
    """The next piece of an answer: whole characters only; `count` tokens made it.

    Words that spell a mark of thoughts or of calls without being its token have a BREAK (`domain.mark_words`).

    `traces` is what `domain.traces.Traces.flat` makes of theirs, empty for none; a token's trace comes with its text or
    before it.
    """

    request_id: str
    text: str
    count: int
    traces: bytes = b""


class Finished(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """The request ended; durations in seconds, as in `domain.messages.Receipt`.

    `guessed_tokens` were decoded beside others before they were due, `true_guesses` of them were right. Two answers of
    the same tokens have the same `tokens_hash`. Where its sampling was changed in mid-answer, `sampling` is what it was
    at last, from token `resampled_at` on.
    """

    request_id: str
    reason: FinishReason
    seed: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    seconds_to_first_token: float
    tokens_per_second: float
    decodes: int = 0
    guessed_tokens: int = 0
    true_guesses: int = 0
    sampling: Sampling | None = None
    resampled_at: int | None = None
    tokens_hash: str = ""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The request could not be served; the worker goes on."""

    request_id: str
    error: ErrorInfo


class TokenCount(msgspec.Struct, frozen=True, tag=True):
    """Answer to `CountTokens`."""

    request_id: str
    count: int


class Pieces(msgspec.Struct, frozen=True, tag=True):
    """Answer to `Tokenize` and `Detokenize`: each token, its bytes, and whether it ends an answer.

    The bytes may be a part of a character. `controls` says which are control tokens, that no text can spell.
    """

    request_id: str
    tokens: tuple[int, ...]
    pieces: tuple[bytes, ...]
    ends: tuple[bool, ...]
    controls: tuple[bool, ...] = ()


class Logits(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Answer to `NextLogits`: a little-endian 32-bit number for each token of the vocabulary.

    `recent` are the last tokens of the prompt, `breakers` what has to follow those that begin a breaker. `pieces` has
    the bytes of the likeliest tokens, `ends` those of them that end an answer. Where `unread` tokens of the prompt were
    too many, there are no `values`.
    """

    request_id: str
    values: bytes = b""
    recent: tuple[int, ...] = ()
    texts: dict[str, tuple[int, ...]] = {}
    breakers: dict[int, tuple[tuple[int, ...], ...]] = {}
    pieces: dict[int, bytes] = {}
    ends: tuple[int, ...] = ()
    unread: int = 0


class Attended(msgspec.Struct, frozen=True, tag=True):
    """Answer to `Attend`."""

    request_id: str
    attention: Attention


class NearFound(msgspec.Struct, frozen=True, tag=True):
    """Answer to `FindNear`."""

    request_id: str
    words: NearWords


class AdaptersUsed(msgspec.Struct, frozen=True, tag=True):
    """Answer to `UseAdapters`."""

    request_id: str


class GrammarChecked(msgspec.Struct, frozen=True, tag=True):
    """Answer to `CheckGrammar`; the error is None where all is well."""

    request_id: str
    error: ErrorInfo | None


class Embedding(msgspec.Struct, frozen=True, tag=True):
    """Answer to `Embed`: a vector of length 1, whose product with another one is their cosine similarity.

    It is empty where it was cancelled.
    """

    request_id: str
    vector: tuple[float, ...]


Event = (
    Ready
    | Reading
    | LoadProgress
    | SelfTesting
    | Loaded
    | Aborting
    | ServerLost
    | Used
    | LoadFailed
    | PromptProgress
    | Tokens
    | Finished
    | Failed
    | TokenCount
    | Pieces
    | Logits
    | Attended
    | NearFound
    | AdaptersUsed
    | GrammarChecked
    | Embedding
)
