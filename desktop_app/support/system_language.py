"""Which languages this computer's user reads, the best first, without Qt."""

import os
import sys
from collections.abc import Mapping, Sequence

_NONE_CHOSEN = ("C", "POSIX")


def preferred_languages(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Sequence[str]:
    """Return names such as 'de_AT' or 'zh_Hans_CN': what the environment says, as gettext does, else what the system does."""
    named = from_environment(environ)
    if named is not None:
        return named
    if platform == "win32":
        return _from_windows()
    return _from_macos() if platform == "darwin" else ()


def from_environment(environ: Mapping[str, str]) -> Sequence[str] | None:
    """Return what LANGUAGE, LC_ALL, LC_MESSAGES and LANG name, None where they say nothing.

    As for GNU's gettext, LANGUAGE is a list and goes first, and counts for nothing where the locale is plain 'C'.
    'C.UTF-8' names no language either.
    """
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    if locale in _NONE_CHOSEN:
        return ()
    names = [name for name in (*environ.get("LANGUAGE", "").split(":"), locale) if name]
    return [named for named in map(plain, names) if named not in _NONE_CHOSEN] if names else None


def plain(name: str) -> str:
    """Return the name of a language without encoding and variant, its parts joined by underscores."""
    return name.partition(".")[0].partition("@")[0].replace("-", "_")


def _from_windows() -> Sequence[str]:
    names = ""
    if sys.platform == "win32":
        import ctypes

        by_name, count, size = 8, ctypes.c_ulong(), ctypes.c_ulong()
        ask = ctypes.windll.kernel32.GetUserPreferredUILanguages
        ask(by_name, ctypes.byref(count), None, ctypes.byref(size))
        buffer = ctypes.create_unicode_buffer(size.value)
        if ask(by_name, ctypes.byref(count), buffer, ctypes.byref(size)):
            names = ctypes.wstring_at(buffer, size.value)
    return [plain(name) for name in names.split("\0") if name]


def _from_macos() -> Sequence[str]:
    found: list[str] = []
    if sys.platform == "darwin":
        import ctypes

        core = ctypes.CDLL("/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation")
        core.CFLocaleCopyPreferredLanguages.restype = ctypes.c_void_p
        core.CFArrayGetValueAtIndex.restype = ctypes.c_void_p
        core.CFArrayGetValueAtIndex.argtypes = [ctypes.c_void_p, ctypes.c_long]
        core.CFArrayGetCount.restype = ctypes.c_long
        core.CFArrayGetCount.argtypes = [ctypes.c_void_p]
        core.CFStringGetCString.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_long, ctypes.c_uint32]
        core.CFRelease.argtypes = [ctypes.c_void_p]
        names, utf8 = core.CFLocaleCopyPreferredLanguages(), 0x08000100
        for place in range(core.CFArrayGetCount(names)):
            buffer = ctypes.create_string_buffer(64)
            if core.CFStringGetCString(core.CFArrayGetValueAtIndex(names, place), buffer, len(buffer), utf8):
                found.append(plain(buffer.value.decode()))
        core.CFRelease(names)
    return found
