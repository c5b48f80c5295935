"""Makes the packages for macOS of a frozen app: a disk image with the app in it, signed and notarised where that is set up.

INGLENOOK_CODESIGN_IDENTITY names a certificate in the keychain, INGLENOOK_NOTARY_PROFILE what
`xcrun notarytool store-credentials` keeps there; no key or password is read, written or passed on here.
Without them the app has the signature of nobody that Apple's processors ask for.
"""

import os
import platform
import shutil
from collections.abc import Mapping
from pathlib import Path

import environment
import freeze
from flavours import FLAVOURS

ENTITLEMENTS = "packaging/macos/entitlements.plist"
MACH_O = (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""How machine code begins: for one kind of processor, and for several."""
NOBODY = "-"


def make_packages(root: Path, python: Path, work: Path, target: Path, version: str) -> list[Path]:
    """Freeze the app and pack both flavours of it; returns the files. Raises SetupError."""
    shutil.rmtree(work, ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    app = freeze.freeze(root, python, work, "metal")
    made = []
    for flavour in FLAVOURS:
        if flavour.starter:
            freeze.add_starter(python, app)
        freeze.add_notices(root, python, work, app, version, starter=flavour.starter)
        sign(root, app, os.environ)
        image = target / f"{flavour.name}-{version}-macos-{platform.machine()}.dmg"
        made.append(disk_image(app, work / flavour.name, image, freeze.source_date(root)))
        notarise(image, os.environ)
    return made


def sign(root: Path, app: Path, variables: Mapping[str, str]) -> None:
    """Sign the code in an app from the inside out, then the app itself. Raises SetupError."""
    command = signing(variables, root / ENTITLEMENTS)
    for file in [*code_in(app), app]:
        environment.run([*command, str(file)])
    environment.run(["codesign", "--verify", "--deep", "--strict", str(app)])


def signing(variables: Mapping[str, str], entitlements: Path) -> list[str]:
    """Return the command that signs what stands after it; the time is signed where somebody signs at all."""
    identity = variables.get("INGLENOOK_CODESIGN_IDENTITY") or NOBODY
    stamp = "--timestamp=none" if identity == NOBODY else "--timestamp"
    command = ["codesign", "--force", "--options", "runtime", stamp, "--entitlements", str(entitlements)]
    return [*command, "--sign", identity]


def code_in(app: Path) -> list[Path]:
    """Return the files of machine code in an app, the deepest first; what a bundle's program is, is signed with it."""
    program = app / "Contents/MacOS" / freeze.PROGRAM
    files = [file for file in app.rglob("*") if file != program and is_code(file)]
    return sorted(files, key=lambda file: (-len(file.parts), str(file)))


def is_code(file: Path) -> bool:
    """Whether a file is machine code of macOS."""
    if file.is_symlink() or not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.read(4) in MACH_O


def disk_image(app: Path, folder: Path, target: Path, date: int) -> Path:
    """Pack an app, beside a link to where apps go. Raises SetupError."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(app, folder / app.name, symlinks=True)
    (folder / "Applications").symlink_to("/Applications")
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (date, date), follow_symlinks=False)
    target.unlink(missing_ok=True)
    command = ["hdiutil", "create", "-volname", "Inglenook", "-srcfolder", str(folder), "-format", "ULMO"]
    environment.run([*command, "-fs", "HFS+", str(target)])
    return target


def notarise(image: Path, variables: Mapping[str, str]) -> None:
    """Have Apple look at an image, and put its word for it in, where that is set up. Raises SetupError."""
    for command in notarising(image, variables):
        environment.run(command)


def notarising(image: Path, variables: Mapping[str, str]) -> list[list[str]]:
    """Return the commands for that, none where it is not set up."""
    profile = variables.get("INGLENOOK_NOTARY_PROFILE", "")
    if not profile:
        return []
    submit = ["xcrun", "notarytool", "submit", str(image), "--keychain-profile", profile, "--wait"]
    identity = variables.get("INGLENOOK_CODESIGN_IDENTITY", "")
    signed = [["codesign", "--force", "--timestamp", "--sign", identity, str(image)]] if identity else []
    return [*signed, submit, ["xcrun", "stapler", "staple", str(image)]]
