"""What of PyInstaller's finds goes into the frozen app, as its tables name it on each system."""

from collections.abc import Callable
from types import ModuleType

import pytest

SITE = "/venv/lib/python3.11/site-packages/"
WINDOWS_SITE = "C:\\venv\\Lib\\site-packages\\"

LINUX = [
    ("PySide6/Qt/lib/libQt6Core.so.6", SITE, "BINARY", True),
    ("PySide6/Qt/lib/libQt6Quick.so.6", SITE, "BINARY", False),
    ("PySide6/Qt/lib/libicudata.so.73", SITE, "BINARY", True),
    ("PySide6/Qt/plugins/platforms/libqxcb.so", SITE, "BINARY", True),
    ("PySide6/Qt/plugins/platforms/libqvnc.so", SITE, "BINARY", False),
    ("PySide6/Qt/plugins/tls/libqopensslbackend.so", SITE, "BINARY", False),
    ("PySide6/Qt/lib/libavcodec.so.61", SITE, "BINARY", False),
    ("PySide6/Qt/lib/libQt6FFmpegStub-crypto.so.3", SITE, "BINARY", False),
    ("PySide6/Qt/plugins/texttospeech/libqtexttospeech_speechd.so", SITE, "BINARY", True),
    ("PySide6/QtTextToSpeech.abi3.so", SITE, "EXTENSION", True),
    ("PySide6/QtWidgets.abi3.so", SITE, "EXTENSION", True),
    ("lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so", "/usr/lib/python3.11/", "EXTENSION", True),
    ("libpython3.11.so.1.0", "/usr/lib/x86_64-linux-gnu/", "BINARY", True),
    ("libstdc++.so.6", "/usr/lib/x86_64-linux-gnu/", "BINARY", False),
    ("libxcb-cursor.so.0", "/usr/lib/x86_64-linux-gnu/", "BINARY", False),
    ("libssl.so.3", "/usr/lib/x86_64-linux-gnu/", "BINARY", False),
    ("numpy.libs/libscipy_openblas64.so", SITE, "BINARY", True),
]
WINDOWS = [
    ("PySide6\\Qt6Core.dll", WINDOWS_SITE, "BINARY", True),
    ("PySide6\\Qt6Quick.dll", WINDOWS_SITE, "BINARY", False),
    ("PySide6\\Qt6Qml.dll", WINDOWS_SITE, "BINARY", False),
    ("PySide6\\Qt6TextToSpeech.dll", WINDOWS_SITE, "BINARY", True),
    ("PySide6\\Qt6Network.dll", WINDOWS_SITE, "BINARY", True),
    ("PySide6\\plugins\\texttospeech\\qtexttospeech_sapi.dll", WINDOWS_SITE, "BINARY", True),
    ("PySide6\\plugins\\texttospeech\\qtexttospeech_mock.dll", WINDOWS_SITE, "BINARY", False),
    ("PySide6\\opengl32sw.dll", WINDOWS_SITE, "BINARY", False),
    ("PySide6\\avcodec-61.dll", WINDOWS_SITE, "BINARY", False),
    ("PySide6\\plugins\\platforms\\qwindows.dll", WINDOWS_SITE, "BINARY", True),
    ("PySide6\\plugins\\platforms\\qdirect2d.dll", WINDOWS_SITE, "BINARY", False),
    ("PySide6\\plugins\\styles\\qmodernwindowsstyle.dll", WINDOWS_SITE, "BINARY", True),
    ("PySide6\\plugins\\imageformats\\qtiff.dll", WINDOWS_SITE, "BINARY", False),
    ("PySide6\\QtWidgets.pyd", WINDOWS_SITE, "EXTENSION", True),
    ("PySide6\\MSVCP140.dll", WINDOWS_SITE, "BINARY", True),
    ("VCRUNTIME140.dll", "C:\\Python312\\", "BINARY", True),
    ("python312.dll", "C:\\Python312\\", "BINARY", True),
    ("libssl-3.dll", "C:\\Python312\\DLLs\\", "BINARY", True),
    ("_ssl.pyd", "C:\\Python312\\DLLs\\", "EXTENSION", True),
    ("enchant\\data\\mingw64\\bin\\libenchant-2.dll", WINDOWS_SITE, "BINARY", True),
    ("enchant\\data\\mingw64\\bin\\libhunspell-1.7-0.dll", WINDOWS_SITE, "BINARY", True),
    ("enchant\\data\\mingw64\\lib\\enchant-2\\enchant_hunspell.dll", WINDOWS_SITE, "BINARY", True),
    ("enchant\\data\\mingw64\\lib\\enchant-2\\enchant_nuspell.dll", WINDOWS_SITE, "BINARY", False),
    ("enchant\\data\\mingw64\\bin\\libreadline8.dll", WINDOWS_SITE, "BINARY", False),
    ("enchant\\data\\mingw64\\bin\\libssl-3-x64.dll", WINDOWS_SITE, "BINARY", False),
]
MACOS = [
    ("PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore", SITE, "BINARY", True),
    ("PySide6/Qt/lib/QtDBus.framework/Versions/A/QtDBus", SITE, "BINARY", True),
    ("PySide6/Qt/lib/QtQuick.framework/Versions/A/QtQuick", SITE, "BINARY", False),
    ("QtCore", "PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore", "SYMLINK", True),
    ("QtQuick", "PySide6/Qt/lib/QtQuick.framework/Versions/A/QtQuick", "SYMLINK", False),
    ("PySide6/Qt/plugins/platforms/libqcocoa.dylib", SITE, "BINARY", True),
    ("PySide6/Qt/plugins/platforms/libqminimal.dylib", SITE, "BINARY", False),
    ("PySide6/Qt/plugins/styles/libqmacstyle.dylib", SITE, "BINARY", True),
    ("PySide6/Qt/lib/libavformat.61.dylib", SITE, "BINARY", False),
    ("PySide6/QtWidgets.abi3.so", SITE, "EXTENSION", True),
    ("Python.framework/Versions/3.12/Python", "/Library/Frameworks/", "BINARY", True),
    ("libssl.3.dylib", "/Library/Frameworks/Python.framework/Versions/3.12/lib/", "BINARY", True),
]
TABLES = [
    *(("Linux", *entry) for entry in LINUX),
    *(("Windows", *entry) for entry in WINDOWS),
    *(("Darwin", *entry) for entry in MACOS),
]
FILES = [
    ("Linux", "resources/icons/app.svg", "/src/", "DATA", True),
    ("Linux", "PySide6/Qt/translations/qtbase_de.qm", SITE, "DATA", True),
    ("Linux", "PySide6/Qt/translations/qtbase_pl.qm", SITE, "DATA", False),
    ("Linux", "libQt6Quick.so.6", "PySide6/Qt/lib/libQt6Quick.so.6", "SYMLINK", False),
    ("Windows", "PySide6\\translations\\qtbase_de.qm", WINDOWS_SITE, "DATA", True),
    ("Windows", "enchant\\data\\mingw64\\share\\enchant\\hunspell\\en_US.dic", WINDOWS_SITE, "DATA", True),
    ("Windows", "enchant\\data\\mingw64\\share\\enchant\\hunspell\\en_ZW.dic", WINDOWS_SITE, "DATA", False),
    ("Windows", "enchant\\data\\mingw64\\bin\\libgmp-10.dll", WINDOWS_SITE, "DATA", False),
    ("Darwin", "PySide6/Qt/lib/QtQuick.framework/Resources", "Versions/Current/Resources", "SYMLINK", False),
    ("Darwin", "PySide6/Qt/lib/QtQuick.framework/Versions/A/Resources/Info.plist", SITE, "DATA", False),
    ("Darwin", "PySide6/Qt/lib/QtCore.framework/Versions/A/Resources/Info.plist", SITE, "DATA", True),
    ("Darwin", "PySide6/Qt/lib/QtCore.framework/Versions/Current", "A", "SYMLINK", True),
]


@pytest.mark.parametrize(("system", "name", "folder", "kind", "wanted"), TABLES, ids=lambda value: str(value))
def test_libraries(
    module: Callable[[str], ModuleType], system: str, name: str, folder: str, kind: str, wanted: bool
) -> None:
    source = folder if kind == "SYMLINK" else folder + name
    assert module("frozen_parts").is_library_wanted((name, source, kind), system) == wanted


@pytest.mark.parametrize(("system", "name", "source", "kind", "wanted"), FILES, ids=lambda value: str(value))
def test_files(
    module: Callable[[str], ModuleType], system: str, name: str, source: str, kind: str, wanted: bool
) -> None:
    assert module("frozen_parts").is_file_wanted((name, source, kind), system) == wanted
