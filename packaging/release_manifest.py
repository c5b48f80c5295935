"""Makes and signs the list of a release, which apps that look for updates read. Run by the project's Python.

    release_manifest.py new-key KEY                 make a key in the file KEY, and print its public half
    release_manifest.py public KEY                  print the public half of a key
    release_manifest.py make KEY FOLDER --files-at ADDRESS --page ADDRESS [--minimum VERSION]

`make` lists the installers in FOLDER (those named in its SHA256SUMS) and writes `manifest.json` and
`manifest.json.sig` there. Put both beside each other on a server, and its address and the public key
into resources/updates.json before the installers are built. The key stays with whoever signs.
"""

import argparse
import base64
import hashlib
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import freeze
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from desktop_app.domain.errors import AppError
from desktop_app.domain.updates import Manifest, UpdateFile, read_manifest

ROOT = Path(__file__).resolve().parent.parent
PLATFORMS = {
    r"linux[-_](amd64|x86_64)|_amd64\.deb$|x86_64\.(AppImage|flatpak)$": "linux-x86_64",
    r"linux[-_](arm64|aarch64)|_arm64\.deb$|aarch64\.(AppImage|flatpak)$": "linux-arm64",
    r"windows|\.(exe|msi)$": "windows-x86_64",
    r"macos|\.dmg$": "macos-arm64",
}
"""What names of installers tell of the computers that they are for."""


def main(arguments: list[str]) -> int:
    """Do one of the three; returns 1 where it cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("new-key", "public"):
        commands.add_parser(name).add_argument("key", type=Path)
    make = commands.add_parser("make")
    make.add_argument("key", type=Path)
    make.add_argument("folder", type=Path)
    make.add_argument("--files-at", required=True, help="address (https) that the names of the files go behind")
    make.add_argument("--page", required=True, help="address (https) of the page to download from by hand")
    make.add_argument("--minimum", default="0.1.0", help="the oldest release that can be updated at once")
    given = parser.parse_args(arguments)
    try:
        if given.command == "new-key":
            make_key(given.key)
        if given.command == "make":
            write_list(given.folder, read_key(given.key), given.files_at, given.page, given.minimum)
        print(public_half(read_key(given.key)))
    except (OSError, ValueError, AppError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def make_key(file: Path) -> None:
    """Write a new key to `file`, readable by its owner only; raises FileExistsError where there is one."""
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(key.hex() + "\n")


def read_key(file: Path) -> Ed25519PrivateKey:
    """Return the key in a file; raises OSError and ValueError."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(file.read_text(encoding="ascii").strip()))


def public_half(key: Ed25519PrivateKey) -> str:
    """Return what resources/updates.json has of a key."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def write_list(folder: Path, key: Ed25519PrivateKey, files_at: str, page: str, minimum: str) -> None:
    """Write the list of the installers in `folder`, and its signature; raises ValueError and UpdateError."""
    version = freeze.app_version(ROOT)
    manifest = Manifest(
        version=version,
        date=datetime.fromtimestamp(freeze.source_date(ROOT), UTC).strftime("%Y-%m-%d"),
        minimum=minimum,
        page=page,
        changes=changes_of(version, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")),
        files=tuple(entry(folder / name, files_at) for name in listed(folder)),
    )
    content = msgspec.json.format(msgspec.json.encode(manifest)) + b"\n"
    read_manifest(content)  # what the app would refuse is not signed
    (folder / "manifest.json").write_bytes(content)
    (folder / "manifest.json.sig").write_bytes(base64.b64encode(key.sign(content)) + b"\n")


def listed(folder: Path) -> list[str]:
    """Return the names in SHA256SUMS; raises ValueError where a file is not what it says."""
    names = []
    for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split(maxsplit=1)
        if sha256(folder / name) != digest:
            raise ValueError(f"{name} is not the file that SHA256SUMS was written for")
        names.append(name)
    return names


def entry(file: Path, files_at: str) -> UpdateFile:
    """Return what the list says of an installer."""
    platform = next((name for pattern, name in PLATFORMS.items() if re.search(pattern, file.name)), None)
    if platform is None:
        raise ValueError(f"{file.name} does not tell what computer it is for")
    url = f"{files_at.rstrip('/')}/{quote(file.name)}"
    return UpdateFile(platform=platform, name=file.name, size=file.stat().st_size, sha256=sha256(file), url=url)


def sha256(file: Path) -> str:
    """Return a file's hash."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def changes_of(version: str, changelog: str) -> str:
    """Return what the changelog says of a release, or of what comes next where it has no heading of its own yet."""
    sections = re.split(r"^## (.+)$", changelog, flags=re.MULTILINE)
    told = {title.strip(): text.strip() for title, text in zip(sections[1::2], sections[2::2], strict=True)}
    return next((text for title, text in told.items() if title.startswith(version)), told.get("Unreleased", ""))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
