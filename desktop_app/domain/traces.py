"""How the tokens of an answer came to be chosen, as it is kept: in columns, lazily read, and as one compressed blob."""

import math
import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator

import msgspec


class Option(msgspec.Struct, frozen=True, array_like=True):
    """A token that might have come: its bytes, and its probability before and after the sampling chain.

    `sampled_probability` is 0 where the chain left the token out. A control token ends a turn or marks a part of it;
    its bytes are its name.
    """

    token: int
    piece: bytes
    probability: float
    sampled_probability: float
    is_control: bool = False


class Trace(msgspec.Struct, frozen=True, array_like=True):
    """How a token came to be chosen; `options` are the likeliest of the model's, the first first.

    `entropy` is that of the model's whole distribution before the chain, in bits. A `hidden` token is a control
    token whose name is not in the text.
    """

    chosen: Option
    options: tuple[Option, ...]
    entropy: float = 0.0
    hidden: bool = False


class RunStart(msgspec.Struct, frozen=True):
    """Where a run of recorded tokens begins: after so many characters of the thought and of the text.

    An answer that was continued has more than one; `token` is the number of the run's first token.
    """

    token: int
    thought: int
    text: int


class TracesDamagedError(ValueError):
    """A blob is not what `Traces.packed` made; what it held counts as not recorded."""


MAGIC = b"IGT1"
"""Begins a blob; its last byte is the version of the form."""
MOST_TOKENS = 1_000_000
MOST_OPTIONS = 64
LONGEST_PIECE = 0xFFFF
LARGEST = 256_000_000
"""Bytes that a blob may become when it is unpacked."""

STEPS_PER_BIT = 1024
"""Probabilities are kept as −log2 p in steps of 1/1024 bit: to 0.04 %, down to 2^−63."""
NEVER = 0xFFFF
"""The step that stands for probability 0."""
_MOST_STEPS = round(63.9 * STEPS_PER_BIT)
_HIDDEN = 1
_COUNTS = struct.Struct("<IIII")
_BYTES = {"I": 4, "H": 2, "B": 1}


class Piece(msgspec.Struct, frozen=True):
    """The bytes of a token, and whether it is a control token."""

    text: bytes
    is_control: bool


class _Columns:
    """One value of each token, and one of each option, in arrays of unsigned integers."""

    def __init__(self) -> None:
        self.tokens = array("I")
        self.before = array("H")
        self.after = array("H")
        self.entropy = array("H")
        self.flags = array("B")
        self.counts = array("B")
        self.option_tokens = array("I")
        self.option_before = array("H")
        self.option_after = array("H")

    def per_token(self) -> "tuple[array[int], ...]":
        """The columns with one value for each token."""
        return (self.tokens, self.before, self.after, self.entropy, self.flags, self.counts)

    def per_option(self) -> "tuple[array[int], ...]":
        """The columns with one value for each option."""
        return (self.option_tokens, self.option_before, self.option_after)

    def add(self, trace: Trace) -> None:
        """Append one token."""
        chosen, options = trace.chosen, trace.options[:MOST_OPTIONS]
        before, after = _steps((chosen.probability, chosen.sampled_probability))
        self.tokens.append(chosen.token)
        self.before.append(before)
        self.after.append(after)
        self.entropy.append(_clamped(trace.entropy * STEPS_PER_BIT))
        self.flags.append(_HIDDEN if trace.hidden else 0)
        self.counts.append(len(options))
        self.option_tokens.extend([option.token for option in options])
        self.option_before.extend(_steps([option.probability for option in options]))
        self.option_after.extend(_steps([option.sampled_probability for option in options]))

    def extend(self, other: "_Columns") -> None:
        """Append all of another's tokens."""
        for ours, theirs in zip(
            (*self.per_token(), *self.per_option()), (*other.per_token(), *other.per_option()), strict=True
        ):
            ours.extend(theirs)


class Traces:
    """The recorded tokens of one answer, in order. Never changed; options are read only when a token is asked for."""

    def __init__(self, columns: _Columns, pieces: dict[int, Piece], starts: tuple[RunStart, ...]) -> None:
        """`pieces` are the bytes of every token in `columns`."""
        self.columns = columns
        self.pieces = pieces
        self.starts = starts
        self._firsts: array[int] | None = None

    @classmethod
    def of(cls, traces: Iterable[Trace], thought: int = 0, text: int = 0) -> "Traces":
        """Return `traces` as one run that begins after so many characters of the thought and of the text."""
        columns, pieces = _Columns(), dict[int, Piece]()
        for trace in traces:
            columns.add(trace)
            for option in (trace.chosen, *trace.options):
                if option.token not in pieces:
                    pieces[option.token] = Piece(option.piece, option.is_control)
        return cls(columns, pieces, (RunStart(0, thought, text),) if columns.tokens else ())

    def __len__(self) -> int:
        """How many tokens were recorded."""
        return len(self.columns.tokens)

    def __getitem__(self, number: int) -> Trace:
        """Return how token `number`, from 0 on, was chosen; raises IndexError."""
        columns = self.columns
        chosen = self._option(columns.tokens[number], columns.before[number], columns.after[number])
        return Trace(chosen, tuple(self._options(number)), self.entropy(number), self.is_hidden(number))

    def __iter__(self) -> Iterator[Trace]:
        """All of them, in order."""
        return (self[number] for number in range(len(self)))

    def token(self, number: int) -> int:
        """Return the id of a token."""
        return self.columns.tokens[number]

    def piece(self, number: int) -> bytes:
        """Return the bytes of a token."""
        return self.pieces[self.columns.tokens[number]].text

    def probability(self, number: int) -> float:
        """Return how likely the model found a token, before the chain."""
        return _probability(self.columns.before[number])

    def surprise(self, number: int) -> float:
        """Return −log2 of a token's probability, in bits; 64 where that is 0."""
        return min(self.columns.before[number] / STEPS_PER_BIT, 64.0)

    def entropy(self, number: int) -> float:
        """Return the entropy of the model's distribution at a token, in bits."""
        return self.columns.entropy[number] / STEPS_PER_BIT

    def is_hidden(self, number: int) -> bool:
        """Return whether a token is a control token whose name is not in the text."""
        return bool(self.columns.flags[number] & _HIDDEN)

    def with_choice(self, number: int, option: Option) -> "Traces":
        """Return the first `number` tokens and behind them `option`, chosen in place of the one that came."""
        columns, own = _Columns(), self.columns
        for target, source in zip(columns.per_token(), own.per_token(), strict=True):
            target.extend(source[:number])
        options = sum(columns.counts)
        for target, source in zip(columns.per_option(), own.per_option(), strict=True):
            target.extend(source[:options])
        was = self[number]
        columns.add(Trace(option, was.options, was.entropy))
        pieces = self.pieces | {option.token: Piece(option.piece, option.is_control)}
        return Traces(columns, pieces, tuple(start for start in self.starts if start.token <= number))

    def then(self, later: "Traces") -> "Traces":
        """Return these tokens and, behind them, those of an answer that was continued.

        Where another model with another vocabulary continued it, the same numbers mean other tokens: only its own
        are kept then.
        """
        if any(self.pieces[token] != later.pieces[token] for token in self.pieces.keys() & later.pieces.keys()):
            return later
        columns = _Columns()
        columns.extend(self.columns)
        columns.extend(later.columns)
        moved = tuple(RunStart(start.token + len(self), start.thought, start.text) for start in later.starts)
        return Traces(columns, self.pieces | later.pieces, self.starts + moved)

    def packed(self) -> bytes:
        """Return the blob that `unpack` reads."""
        return MAGIC + zlib.compress(self.flat(), 6)

    def flat(self) -> bytes:
        """Return what the blob holds, as it is before it is compressed: what `TraceRecorder.add` takes."""
        columns = self.columns
        used = sorted({*columns.tokens, *columns.option_tokens})
        pieces = [self.pieces[token].text[:LONGEST_PIECE] for token in used]
        body = [_COUNTS.pack(len(columns.tokens), len(columns.option_tokens), len(used), len(self.starts))]
        body += [_little(column) for column in (*columns.per_token(), *columns.per_option())]
        body += [_little(array("I", used)), _little(array("H", map(len, pieces)))]
        body += [bytes(self.pieces[token].is_control for token in used), *pieces]
        body += [_little(array("I", (start.token, start.thought, start.text))) for start in self.starts]
        return b"".join(body)

    def _options(self, number: int) -> Iterator[Option]:
        columns = self.columns
        if self._firsts is None:
            self._firsts = array("I", [0])
            for count in columns.counts:
                self._firsts.append(self._firsts[-1] + count)
        number = number if number >= 0 else number + len(self)
        for place in range(self._firsts[number], self._firsts[number + 1]):
            yield self._option(columns.option_tokens[place], columns.option_before[place], columns.option_after[place])

    def _option(self, token: int, before: int, after: int) -> Option:
        piece = self.pieces[token]
        return Option(token, piece.text, _probability(before), _probability(after), piece.is_control)


class TraceRecorder:
    """Takes in the tokens of one run as they come; it begins after so many characters of the thought and of the text.

    What comes is only put aside: nothing is taken apart while an answer is being written.
    """

    def __init__(self, thought: int = 0, text: int = 0) -> None:
        self._thought = thought
        self._text = text
        self._blocks: list[bytes] = []

    def add(self, block: bytes) -> int:
        """Append the tokens of a `Traces.flat`, and return how many it has."""
        self._blocks.append(block)
        return int.from_bytes(block[:4], "little")

    def traces(self) -> Traces:
        """Return what came, now that no more does; raises TracesDamagedError for what `Traces.flat` did not make."""
        columns, pieces = _Columns(), dict[int, Piece]()
        for block in self._blocks:
            part = read_flat(block)
            columns.extend(part.columns)
            pieces |= part.pieces
        return Traces(columns, pieces, (RunStart(0, self._thought, self._text),) if columns.tokens else ())


def unpack(blob: bytes) -> Traces:
    """Return what `Traces.packed` made; raises TracesDamagedError for anything else."""
    if blob[: len(MAGIC)] != MAGIC:
        raise TracesDamagedError("it does not begin as a blob of traces does")
    unpacker = zlib.decompressobj()
    try:
        body = unpacker.decompress(blob[len(MAGIC) :], LARGEST)
    except zlib.error as error:
        raise TracesDamagedError(str(error)) from error
    if not unpacker.eof or unpacker.unused_data:
        raise TracesDamagedError("it is cut off, too large, or something follows it")
    return read_flat(body)


def read_flat(body: bytes) -> Traces:
    """Return what `Traces.flat` made; raises TracesDamagedError for anything else."""
    return _read(_Reader(body))


class _Reader:
    """Takes arrays off a body, never beyond its end."""

    def __init__(self, body: bytes) -> None:
        self._body = memoryview(body)

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes; raises TracesDamagedError."""
        if count > len(self._body):
            raise TracesDamagedError("it is too short")
        taken, self._body = bytes(self._body[:count]), self._body[count:]
        return taken

    def column(self, kind: str, count: int) -> "array[int]":
        """Return the next `count` numbers."""
        column = array(kind)
        column.frombytes(self.take(count * _BYTES[kind]))
        if sys.byteorder == "big":
            column.byteswap()
        return column

    def finish(self) -> None:
        """Check that nothing is left."""
        if len(self._body):
            raise TracesDamagedError("it is too long")


def _read(reader: _Reader) -> Traces:
    tokens, options, pieces, runs = _COUNTS.unpack(reader.take(_COUNTS.size))
    if tokens > MOST_TOKENS or options > tokens * MOST_OPTIONS or pieces > tokens + options or runs > tokens:
        raise TracesDamagedError("its counts cannot be")
    columns = _Columns()
    columns.tokens = reader.column("I", tokens)
    columns.before, columns.after, columns.entropy = (reader.column("H", tokens) for _ in range(3))
    columns.flags, columns.counts = (reader.column("B", tokens) for _ in range(2))
    columns.option_tokens = reader.column("I", options)
    columns.option_before, columns.option_after = (reader.column("H", options) for _ in range(2))
    used, lengths, control = (reader.column(kind, pieces) for kind in "IHB")
    known = {
        token: Piece(reader.take(length), bool(is_control))
        for token, length, is_control in zip(used, lengths, control, strict=True)
    }
    starts = tuple(RunStart(*reader.column("I", 3)) for _ in range(runs))
    reader.finish()
    if sum(columns.counts) != options or not known.keys() >= {*columns.tokens, *columns.option_tokens}:
        raise TracesDamagedError("its parts do not fit together")
    firsts = [start.token for start in starts]
    if firsts != sorted(set(firsts)) or firsts[:1] != [0][: min(1, tokens)] or any(at >= tokens for at in firsts):
        raise TracesDamagedError("its runs cannot be")
    return Traces(columns, known, starts)


def _steps(probabilities: Iterable[float]) -> list[int]:
    """Return the steps of some probabilities: in one go, since a model waits where each is a call."""
    return [
        NEVER if not probability > 0.0
        else 0 if probability >= 1.0
        else steps if (steps := round(math.log2(probability) * -STEPS_PER_BIT)) < _MOST_STEPS
        else _MOST_STEPS
        for probability in probabilities
    ]  # fmt: skip


def _probability(steps: int) -> float:
    return 0.0 if steps == NEVER else float(2.0 ** (-steps / STEPS_PER_BIT))


def _clamped(value: float) -> int:
    return min(max(0, round(value)), _MOST_STEPS) if math.isfinite(value) else 0


def _little(column: "array[int]") -> bytes:
    if sys.byteorder == "little":
        return column.tobytes()
    swapped = array(column.typecode, column)
    swapped.byteswap()
    return swapped.tobytes()
