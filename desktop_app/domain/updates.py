"""Newer releases of the app, as a signed list names them: what is in it, and what it means for this one."""

import re
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from desktop_app.domain.errors import ErrorCode, UpdateError
from desktop_app.domain.hub import is_safe_name

Version = Annotated[str, Meta(pattern=r"\A\d{1,5}(\.\d{1,5}){1,3}\Z")]
Address = Annotated[str, Meta(pattern=r"\Ahttps://[!-~]+\Z", max_length=1000)]
LONGEST_CHANGES = 40_000
MOST_FILES = 50
MOST_BYTES = 20_000_000_000


class UpdateSource(msgspec.Struct, frozen=True):
    """Where a build looks for newer ones: the list's address, and the public key (Ed25519, 64 hexadecimal digits).

    Both are empty in a build that has none.
    """

    manifest: str = ""
    key: str = ""

    @property
    def is_there(self) -> bool:
        """Whether there is somewhere to look."""
        return bool(self.manifest and self.key)


class UpdateFile(msgspec.Struct, frozen=True, kw_only=True):
    """An installer: for which `platform` (as `platform_name` gives it), its bytes, and where it is."""

    platform: Annotated[str, Meta(pattern=r"\A[a-z0-9_-]{1,40}\Z")]
    name: Annotated[str, Meta(max_length=200)]
    size: Annotated[int, Meta(ge=1, le=MOST_BYTES)]
    sha256: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    url: Address


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The newest release. `minimum` is the oldest one that can be updated at once, `changes` is Markdown.

    `date` is the day when the list was signed, `page` where a person can download by hand.
    """

    version: Version
    date: Annotated[str, Meta(pattern=r"\A\d{4}-\d{2}-\d{2}\Z")]
    minimum: Version
    page: Address
    changes: Annotated[str, Meta(max_length=LONGEST_CHANGES)] = ""
    files: Annotated[tuple[UpdateFile, ...], Meta(max_length=MOST_FILES)] = ()


class Standing(StrEnum):
    """How a release stands to the newest one."""

    NEWEST = "newest"
    OLDER = "older"
    TOO_OLD = "too_old"


class News(msgspec.Struct, frozen=True):
    """What a look brought: how this release stands, the list, and its installers for this computer."""

    standing: Standing
    manifest: Manifest
    files: tuple[UpdateFile, ...] = ()


def read_manifest(content: bytes) -> Manifest:
    """Return the list in `content`, whose signature was checked before; raises UpdateError UPDATE_DAMAGED."""
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UpdateError(ErrorCode.UPDATE_DAMAGED, str(error)) from error
    for file in manifest.files:
        if "/" in file.name or not is_safe_name(file.name):
            raise UpdateError(ErrorCode.UPDATE_DAMAGED, f"file name {file.name!r}")
    return manifest


def version_key(version: str) -> tuple[int, ...]:
    """Return what versions are ordered by; a number that is missing at the end is a zero."""
    numbers = [int(number) for number in version.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def news_of(manifest: Manifest, version: str, platform: str, seen: Manifest | None) -> News:
    """Return what a list means for release `version`; `seen` is the newest list that was seen before.

    Raises UpdateError UPDATE_ROLLED_BACK for one that is older than that: somebody would keep a mended flaw open.
    """
    if seen is not None and _age(manifest) < _age(seen):
        detail = f"{manifest.version} of {manifest.date} after {seen.version} of {seen.date}"
        raise UpdateError(ErrorCode.UPDATE_ROLLED_BACK, detail, version=manifest.version, seen=seen.version)
    if version_key(manifest.version) <= version_key(version):
        return News(Standing.NEWEST, manifest)
    if version_key(version) < version_key(manifest.minimum):
        return News(Standing.TOO_OLD, manifest)
    return News(Standing.OLDER, manifest, tuple(file for file in manifest.files if file.platform == platform))


def platform_name(system: str, machine: str) -> str:
    """Return what lists call a computer, from what Python's platform module says of it: linux-x86_64, macos-arm64."""
    names = {"amd64": "x86_64", "aarch64": "arm64"}
    systems = {"darwin": "macos"}
    system, machine = system.lower(), machine.lower()
    return re.sub(r"[^a-z0-9_-]", "", f"{systems.get(system, system)}-{names.get(machine, machine)}")


def _age(manifest: Manifest) -> tuple[tuple[int, ...], str]:
    return version_key(manifest.version), manifest.date
