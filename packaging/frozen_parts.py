"""Says which of the libraries and files that PyInstaller finds go into a frozen app, on each system.

Of Qt only what is used. On Linux, too, nothing that a desktop has itself (the C and C++ libraries,
X11, Wayland, fonts, OpenSSL): the system mends it, and its graphics drivers need their own newer ones.
Windows and macOS have nothing of the kind to offer, and PyInstaller leaves their own libraries out.
"""

import re
from pathlib import PurePosixPath

Entry = tuple[str, str, str]
"""PyInstaller's own: where a file goes, where it comes from, and its kind."""

_COMMON = ("Core", "Gui", "Widgets", "Svg", "TextToSpeech", "Multimedia", "Network", "Concurrent")
"""The last three are what reading aloud needs for its sound."""
QT_LIBRARIES = {
    "Linux": (*_COMMON, "DBus", "XcbQpa", "WaylandClient", "WlShellIntegration"),
    "Windows": _COMMON,
    "Darwin": (*_COMMON, "DBus"),  # there QtGui itself needs D-Bus
}
_EVERYWHERE = {
    "iconengines": ("qsvgicon",),
    "imageformats": ("qsvg", "qjpeg", "qgif", "qwebp", "qico"),
}
QT_PLUGINS = {
    "Linux": {
        **_EVERYWHERE,
        "platforms": ("qxcb", "qwayland", "qoffscreen"),
        "platformthemes": ("qxdgdesktopportal",),
        "platforminputcontexts": ("composeplatforminputcontextplugin", "ibusplatforminputcontextplugin"),
        "wayland-shell-integration": ("xdg-shell",),
        "wayland-decoration-client": ("adwaita", "bradient"),
        "texttospeech": ("qtexttospeech_speechd",),
    },
    "Windows": {
        **_EVERYWHERE,
        "platforms": ("qwindows", "qoffscreen"),
        "styles": ("qmodernwindowsstyle",),
        "texttospeech": ("qtexttospeech_sapi", "qtexttospeech_winrt"),
    },
    "Darwin": {
        **_EVERYWHERE,
        "platforms": ("qcocoa", "qoffscreen"),
        "styles": ("qmacstyle",),
        "texttospeech": ("qtexttospeech_darwin",),
    },
}
QT_TRANSLATIONS = tuple(f"qtbase_{language}.qm" for language in ("ar", "de", "es", "fr", "zh_CN"))
"""What Qt's own dialogs say, in the languages that the app speaks."""
UNUSED_LIBRARIES = ("opengl32sw.dll", "d3dcompiler_47.dll")
"""What Qt brings for Windows without needing it for widgets: OpenGL in software, a compiler of shaders."""
_FILM_LIBRARIES = re.compile(r"^(lib)?(avcodec|avformat|avutil|swresample|swscale)\b|FFmpegStub")
"""What Qt's multimedia brings to read films and recordings with; speaking needs none of it."""
_SPELLING_FOLDER = "enchant/data/"
_SPELLING = re.compile(
    r"bin/lib(?:enchant-2|gcc_s_seh-1|glib-2\.0-0|gmodule-2\.0-0|hunspell-1\.7-0|iconv-2|intl-8|pcre2-8-0|stdc\+\+-6|winpthread-1)\.dll"
    r"|lib/enchant-2/enchant_hunspell\.dll"
    r"|share/enchant/hunspell/en_(?:AU|CA|GB|US)\.(?:aff|dic)"
)
"""What looks words up on Windows, of all that pyenchant brings along there; the rest is not needed, and some is under the GPL."""
PYTHON_LIBRARIES = ("libpython", "libbz2")
"""Libraries of Linux that Python needs, and that are not called the same everywhere."""
_QT_NAMES = (
    re.compile(r"libQt6(\w+?)\.so"),
    re.compile(r"Qt6(\w+)\.dll$", re.IGNORECASE),
    re.compile(r"Qt(\w+)\.framework/"),
    re.compile(r"^Qt([A-Z]\w*)$"),  # macOS: a link to what is in a framework
)


def is_library_wanted(entry: Entry, system: str) -> bool:
    """Whether a library is to come along: not one of the system's, and used where it is Qt's; `system` as `platform` says."""
    name, source, kind = entry[0].replace("\\", "/"), entry[1].replace("\\", "/"), entry[2]
    path = PurePosixPath(name)
    if "plugins" in path.parts and "PySide6" in path.parts:
        used = QT_PLUGINS[system].get(path.parts[path.parts.index("plugins") + 1], ())
        return path.stem.removeprefix("lib") in used
    if _FILM_LIBRARIES.search(path.name):
        return False
    if _SPELLING_FOLDER in name:
        return _is_spelling(name)
    if part := qt_part(name):
        return part in QT_LIBRARIES[system]
    if system != "Linux":
        return path.name.lower() not in UNUSED_LIBRARIES
    if kind in ("EXTENSION", "SYMLINK") or path.parent.name == "lib-dynload":
        return True
    return path.name.startswith(PYTHON_LIBRARIES) or "site-packages" in PurePosixPath(source).parts


def is_file_wanted(entry: Entry, system: str) -> bool:
    """Whether a file is to come along: no link to a library and no part of one that does not, of Qt's translations those of the app's languages."""
    name = entry[0].replace("\\", "/")
    if _SPELLING_FOLDER in name:
        return _is_spelling(name)
    if entry[2] == "SYMLINK" or qt_part(name):
        return is_library_wanted(entry, system)
    return "translations" not in PurePosixPath(name).parts or PurePosixPath(name).name in QT_TRANSLATIONS


def _is_spelling(name: str) -> bool:
    inside = name.partition(_SPELLING_FOLDER)[2].partition("/")[2]
    return _SPELLING.fullmatch(inside) is not None


def qt_part(name: str) -> str:
    """Return which of Qt's libraries a file is or belongs to, empty for none."""
    for pattern in _QT_NAMES:
        searched = name if "/" in pattern.pattern else PurePosixPath(name).name
        if found := pattern.search(searched):
            return found.group(1)
    return ""
