"""The weights and the vocabulary of a model file."""

import ctypes
import functools
import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as c

from desktop_app.domain.control_texts import BREAK, stretches
from desktop_app.domain.errors import EngineError, ErrorCode, ModelError
from desktop_app.domain.mark_words import marks_thoughts_or_calls
from desktop_app.domain.traces import Piece
from desktop_app.engine.llama.c_text import text_of
from desktop_app.engine.llama.grammar import Grammar
from desktop_app.engine.placement import Placement
from desktop_app.engine.token_tree import TokenTree

_PIECE_BYTES = 64
"""Bytes that nearly every token fits into; longer ones are asked for again."""
_READ_IN_TEXTS = c.LLAMA_TOKEN_ATTR_CONTROL | c.LLAMA_TOKEN_ATTR_UNKNOWN
"""Attributes of the tokens that llama_tokenize finds in a text only with parse_special."""
_SPECIAL = _READ_IN_TEXTS | c.LLAMA_TOKEN_ATTR_USER_DEFINED
"""Attributes of the tokens that are always one token where they stand in a text, if they are found in it at all."""
_SPACE = " \t\n\v\f\r"
"""What C takes for blank space, as llama_tokenize does beside control tokens that swallow it."""
_LOAD_MODES = {
    (False, False): c.LLAMA_LOAD_MODE_NONE,
    (True, False): c.LLAMA_LOAD_MODE_MMAP,
    (False, True): c.LLAMA_LOAD_MODE_MLOCK,
    (True, True): c.LLAMA_LOAD_MODE_MMAP_MLOCK,
}
"""llama.cpp's name for whether the file is mapped, and whether it is locked in memory."""
_LOST_COUNT = -(2**31)
"""What llama_tokenize answers where the number of tokens does not fit its answer."""


class LoadCancelled(Exception):  # noqa: N818 - an outcome, not an error
    """Loading was stopped by its progress callback."""


class Model:
    """The weights and the vocabulary of one model file; the vocabulary may be asked by any thread."""

    def __init__(
        self,
        path: Path,
        *,
        extra_buffers: bool,
        on_progress: Callable[[float], bool],
        mmap: bool = True,
        mlock: bool = False,
        placement: Placement | None = None,
    ) -> None:
        """Load `path`; `on_progress` gets 0 to 1 and answers whether to go on. Without a `placement` it stays off the GPU.

        `extra_buffers` allows weights to be repacked for faster paths of this CPU; `mmap` maps the file,
        `mlock` keeps the weights from being swapped out where the system allows it. Raises
        LoadCancelled, and ModelError MODEL_DAMAGED where llama.cpp refuses (its log says why).
        """
        cancelled = False

        def report(fraction: float, _user_data: int | None) -> bool:
            nonlocal cancelled
            cancelled = cancelled or not on_progress(fraction)
            return not cancelled

        parameters = c.llama_model_default_params()
        parameters.n_gpu_layers = 0
        no_devices = (ctypes.c_void_p * 1)()
        if placement is not None and placement.gpu_layers:
            placement.apply(parameters)
        else:  # else prompts would be computed on a graphics card all the same
            parameters.devices = ctypes.addressof(no_devices)
        parameters.use_extra_bufts = extra_buffers
        parameters.load_mode = _LOAD_MODES[mmap, mlock]
        parameters.progress_callback = c.llama_progress_callback(report)
        self._model = c.llama_model_load_from_file(os.fsencode(path), parameters)
        if not self._model:
            if cancelled:
                raise LoadCancelled
            raise ModelError(ErrorCode.MODEL_DAMAGED, path=str(path))
        self._vocabulary = c.llama_model_get_vocab(self._model)
        self._pieces: dict[int, Piece] = {}

    @property
    def pointer(self) -> object:
        """The C pointer, for `Context`."""
        return self._model

    @property
    def vocabulary(self) -> object:
        """The C pointer of the vocabulary, for `SamplerChain`."""
        return self._vocabulary

    @property
    def vocabulary_size(self) -> int:
        """How many tokens the model knows."""
        return int(c.llama_vocab_n_tokens(self._vocabulary))

    @property
    def trained_context(self) -> int:
        """Tokens that the model was trained to look at."""
        return int(c.llama_model_n_ctx_train(self._model))

    @property
    def parameter_count(self) -> int:
        """How many weights the model has."""
        return int(c.llama_model_n_params(self._model))

    @property
    def layer_count(self) -> int:
        """How many blocks the model has."""
        return int(c.llama_model_n_layer(self._model))

    @property
    def embedding_length(self) -> int:
        """How many numbers stand for a token between the layers."""
        return int(c.llama_model_n_embd(self._model))

    @property
    def chat_template(self) -> str:
        """The Jinja source in the file, empty where it has none."""
        return text_of(c.llama_model_chat_template(self._model, None))

    @property
    def writes_text(self) -> bool:
        """Whether it continues text from left to right; embedding, encoder and diffusion models do not."""
        return bool(
            c.llama_model_has_decoder(self._model)
            and not c.llama_model_has_encoder(self._model)
            and not c.llama_model_is_diffusion(self._model)
        )

    @property
    def is_recurrent(self) -> bool:
        """Whether its memory, or a part of it, is a state that cannot be taken back to an earlier token."""
        return bool(c.llama_model_is_recurrent(self._model) or c.llama_model_is_hybrid(self._model))

    @property
    def sliding_window(self) -> int:
        """How many tokens back the layers with a window look, 0 where none has one."""
        return int(c.llama_model_n_swa(self._model))

    @property
    def begin_token(self) -> int:
        """The token that opens a text, negative where the vocabulary has none."""
        return int(c.llama_vocab_bos(self._vocabulary))

    @property
    def end_token(self) -> int:
        """The token that closes a text, negative where the vocabulary has none."""
        return int(c.llama_vocab_eos(self._vocabulary))

    @property
    def adds_begin_token(self) -> bool:
        """Whether prompts are to open with `begin_token`."""
        return bool(c.llama_vocab_get_add_bos(self._vocabulary)) and self.begin_token >= 0

    @functools.cached_property
    def control_texts(self) -> tuple[str, ...]:
        """The texts that `tokenize` reads as control tokens, or as the unknown one."""
        tokens = [token for token, attribute in self._special.items() if attribute & _READ_IN_TEXTS]
        return tuple(filter(None, (text_of(c.llama_vocab_get_text(self._vocabulary, token)) for token in tokens)))

    def tokenize(self, text: str | bytes, *, opened: bool = False, special: bool = True) -> list[int]:
        """Return the tokens of `text`; with `opened`, what the model wants around one without a BREAK is added.

        Control tokens are parsed with `special`, but for those with a BREAK in their texts, which is left out.
        """
        if isinstance(text, bytes):
            return self._tokens(text, opened=opened, special=special)
        if not special or BREAK not in text:
            return self._tokens(_encoded(text.replace(BREAK, "")), opened=opened, special=special)
        tokens: list[int] = []
        for stretch, is_words in stretches(text, self.control_texts):
            if is_words and tokens and self._strips_behind(tokens[-1]):
                stretch = stretch.lstrip(_SPACE)
            tokens += self._tokens(_encoded(stretch), special=not is_words)
        return tokens

    def _strips_behind(self, token: int) -> bool:
        return bool(c.llama_vocab_get_attr(self._vocabulary, token) & c.LLAMA_TOKEN_ATTR_RSTRIP)

    def _tokens(self, data: bytes, *, opened: bool = False, special: bool = True) -> list[int]:
        room = len(data) + 8
        while True:
            tokens = (c.llama_token * room)()
            count = c.llama_tokenize(self._vocabulary, data, len(data), tokens, room, opened, special)
            if count >= 0:
                return list(tokens[:count])
            if count == _LOST_COUNT:
                raise EngineError(ErrorCode.ENGINE_FAILED, f"{len(data)} bytes could not be tokenized")
            room = -count

    @functools.cached_property
    def marks(self) -> dict[int, str]:
        """The tokens that mark thoughts and calls in answers, with their texts."""
        found = ((token, self.piece(token, special=True).decode(errors="replace")) for token in self._special)
        return {token: text for token, text in found if marks_thoughts_or_calls(text)}

    @functools.cached_property
    def _special(self) -> dict[int, int]:
        """The tokens that no text is split into by chance, with their attributes."""
        attributes = map(c.llama_vocab_get_attr, itertools.repeat(self._vocabulary), range(self.vocabulary_size))
        return {token: attribute for token, attribute in enumerate(attributes) if attribute & _SPECIAL}

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """Return the bytes of `token`; control tokens have none unless `special`."""
        size = _PIECE_BYTES
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = c.llama_token_to_piece(self._vocabulary, token, buffer, size, 0, special)
            if count >= 0:
                return buffer.raw[:count]
            size = -count

    def named_piece(self, token: int) -> Piece:
        """Return the bytes of `token`, for a control token its name; the same few are asked for again and again."""
        known = self._pieces.get(token)
        if known is None:
            name = self.piece(token, special=True)
            known = self._pieces[token] = Piece(name, bool(name) and not self.piece(token))
        return known

    def load_adapter(self, path: Path) -> Any:
        """Return the C pointer of a LoRA adapter, which lives as long as the model; raises ModelError ADAPTER_UNUSABLE."""
        adapter = c.llama_adapter_lora_init(self._model, os.fsencode(path))
        if not adapter:
            raise ModelError(ErrorCode.ADAPTER_UNUSABLE, path=str(path))
        return adapter

    @functools.cached_property
    def token_tree(self) -> TokenTree:
        """Which tokens begin with which; made when a grammar first needs it."""
        count = self.vocabulary_size
        pieces = [self.piece(token, special=True) for token in range(count)]
        return TokenTree(pieces, [token for token in range(count) if self.ends_answer(token)])

    def grammar(self, text: str) -> Grammar:
        """Return the grammar that `text`, in GBNF, describes; raises EngineError GRAMMAR_INVALID."""
        return Grammar(self, text)

    def ends_answer(self, token: int) -> bool:
        """Whether `token` ends an answer (end of text, end of turn and their like)."""
        return bool(c.llama_vocab_is_eog(self._vocabulary, token))

    def is_control(self, token: int) -> bool:
        """Whether `token` is a control token: it marks turns and the like, and stands for no text."""
        return bool(c.llama_vocab_is_control(self._vocabulary, token))

    def close(self) -> None:
        """Free the weights; contexts first. A second call does nothing."""
        if self._model:
            c.llama_model_free(self._model)
            self._model = None


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", errors="replace")
