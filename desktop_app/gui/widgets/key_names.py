"""What keys are called on this system: the one place that writes them for people, since Macs have signs of their own."""

import sys

from PySide6.QtGui import QKeySequence

ON_MAC = sys.platform == "darwin"


def written(keys: str | QKeySequence) -> str:
    """Return keys ('Ctrl+N', as Qt writes them portably) as they are written here: 'Ctrl+N', 'Strg+N', '⌘N'.

    'Enter' is the large key, which Qt calls Return.
    """
    portable = QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText)
    if not ON_MAC:
        portable = portable.replace("Return", "Enter")
    elif isinstance(keys, str):  # there Enter is a key of the number pad alone
        portable = portable.replace("Enter", "Return")
    return _native(QKeySequence(portable))


def modifier(name: str) -> str:
    """Return what a key is called that is held with others, 'Ctrl' or 'Alt': 'Strg', '⌘'."""
    return written(f"{name}+A").removesuffix("A").removesuffix("+")


def usual_here(keys: str, *, on_mac: str) -> str:
    """Return the usual keys of a command, which are others on Macs where text fields or the system need those there."""
    return on_mac if ON_MAC else keys


def _native(sequence: QKeySequence) -> str:
    return sequence.toString(QKeySequence.SequenceFormat.NativeText)
