"""The passphrase of a locked history: the key that it gives, and how strong it is."""

import itertools
import math
from enum import IntEnum

SALT_BYTES = 16
KEY_BYTES = 32
ROUNDS = 256_000
"""SQLCipher 4's own, so that its tools open the file with the passphrase, too."""
LEAST_CHARACTERS = 8
"""A shorter passphrase is not taken for a new key."""
LONGEST_CHARACTERS = 1000
FREE_TRIES = 3
"""So many wrong passphrases cost no wait."""
LONGEST_WAIT = 30
"""Seconds."""

_FAIR_BITS, _GOOD_BITS, _STRONG_BITS = 40.0, 60.0, 80.0
_KINDS = ((str.islower, 26), (str.isupper, 26), (str.isdigit, 10))
_OTHER_CHARACTERS = 32
_WORD_BITS = 11.0
"""What a word that somebody thought of adds, at most."""


class HistoryKey:
    """The key of one database file, with the file's salt; it shows in no text but the one that it is asked for.

    Deriving it from a passphrase takes 0.1 s or more on purpose; opening a file with it takes nothing.
    """

    __slots__ = ("_raw", "salt")

    def __init__(self, raw: bytes, salt: bytes) -> None:
        """Take 32 bytes of a key, and 16 of a salt; raises ValueError for others."""
        if len(raw) != KEY_BYTES or len(salt) != SALT_BYTES:
            raise ValueError("not a key")
        self._raw = raw
        self.salt = salt

    @classmethod
    def derived(cls, passphrase: str, salt: bytes) -> "HistoryKey":
        """Return the key that a passphrase gives for the file with this salt.

        Keyboards that compose accents otherwise give the same key (NFC).
        """
        import hashlib
        import unicodedata

        words = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
        return cls(hashlib.pbkdf2_hmac("sha512", words, salt, ROUNDS, KEY_BYTES), salt)

    @classmethod
    def read(cls, text: str) -> "HistoryKey | None":
        """Return the key that `secret_text` wrote, None for any other text."""
        try:
            both = bytes.fromhex(text)
            return cls(both[:KEY_BYTES], both[KEY_BYTES:])
        except ValueError:
            return None

    def secret_text(self) -> str:
        """Return key and salt in hexadecimal: for SQLCipher and for the system's keyring alone."""
        return f"{self._raw.hex()}{self.salt.hex()}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HistoryKey):
            return NotImplemented
        import hmac

        return hmac.compare_digest(self._raw + self.salt, other._raw + other.salt)

    def __hash__(self) -> int:
        return hash(self.salt)

    def __repr__(self) -> str:
        return "HistoryKey(…)"

    def __reduce__(self) -> str:
        raise TypeError("a key is not pickled")


class Strength(IntEnum):
    """How long a passphrase would stand against somebody who has the file and guesses."""

    TOO_SHORT = 0
    WEAK = 1
    FAIR = 2
    GOOD = 3
    STRONG = 4


def strength(passphrase: str) -> Strength:
    """Return an estimate from length, kinds of characters and repetition; it knows no dictionary."""
    if len(passphrase) < LEAST_CHARACTERS:
        return Strength.TOO_SHORT
    bits = _bits(passphrase)
    for least, found in ((_STRONG_BITS, Strength.STRONG), (_GOOD_BITS, Strength.GOOD), (_FAIR_BITS, Strength.FAIR)):
        if bits >= least:
            return found
    return Strength.WEAK


def wait_after(wrong_tries: int) -> int:
    """Return for how many seconds nothing can be tried after so many wrong passphrases in a row."""
    if wrong_tries < FREE_TRIES:
        return 0
    return int(min(2.0 ** min(wrong_tries - FREE_TRIES, 10), LONGEST_WAIT))


def _bits(passphrase: str) -> float:
    alphabet = sum(size for is_kind, size in _KINDS if any(map(is_kind, passphrase)))
    if any(not character.isalnum() for character in passphrase):
        alphabet += _OTHER_CHARACTERS
    if any(ord(character) > 127 for character in passphrase):
        alphabet += 100
    telling = sum(1 for before, now in itertools.pairwise(passphrase) if abs(ord(now) - ord(before)) > 1)
    telling = min(1 + telling, 2 * len(set(passphrase)))
    bits = telling * math.log2(max(alphabet, 2))
    words = passphrase.split()
    if len(words) > 2 and all(map(str.isalpha, words)):  # words are easier to guess than their letters
        return min(bits, len({word.casefold() for word in words}) * _WORD_BITS * 1.4)
    return bits
