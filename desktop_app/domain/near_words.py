"""Words by their meaning: which ones a model keeps near a word, or near the sum and difference of some."""

import unicodedata
from collections.abc import Sequence

import msgspec

MOST_WORDS = 8
"""Words that are added and taken away, at most."""
LONGEST_WORD = 60
"""Characters that a word may have."""


class NearWord(msgspec.Struct, frozen=True):
    """A word of the vocabulary, its token, and the cosine of the angle between its vector and what was asked for."""

    word: str
    token: int
    similarity: float


class WordPieces(msgspec.Struct, frozen=True):
    """A word that was asked for, and the tokens that it is made of: where there are several, their mean stands for it."""

    word: str
    pieces: tuple[bytes, ...]


class NearWords(msgspec.Struct, frozen=True, kw_only=True):
    """The words nearest to a sum and difference, the nearest first, without those that were put in.

    Vectors have `length` numbers, and the vocabulary has `vocabulary` of them.
    """

    near: tuple[NearWord, ...]
    words: tuple[WordPieces, ...]
    length: int
    vocabulary: int


def word_of(piece: bytes) -> str:
    """Return the word that a token is, without the space before it; empty where it is none, or a part of a character."""
    try:
        text = piece.decode().strip()
    except UnicodeDecodeError:
        return ""
    marks = ("L", "M")
    if not text or not all(unicodedata.category(character)[0] in marks or character in "'’-" for character in text):
        return ""
    return text if any(character.isalpha() for character in text) else ""


def same_word(word: str) -> str:
    """Return what is equal for the spellings of a word that differ in case only."""
    return unicodedata.normalize("NFC", word).casefold()


def nearest_words(
    candidates: Sequence[tuple[int, bytes, float]], asked: Sequence[str], count: int
) -> tuple[NearWord, ...]:
    """Return the first `count` words of `candidates` (token, bytes, similarity; the most similar first).

    Each word comes once, in the spelling that is nearest, and none that was `asked` for: it is always the nearest to
    itself, and of a sum as a rule.
    """
    seen = {same_word(word.strip()) for word in asked}
    near: list[NearWord] = []
    for token, piece, similarity in candidates:
        word = word_of(piece)
        if len(near) == count:
            break
        if len(word) > 1 or (word and not word.isascii()):
            if same_word(word) not in seen:
                near.append(NearWord(word, token, similarity))
            seen.add(same_word(word))
    return tuple(near)
