"""The list of a release: made from the installers, signed, and read by the app as any other."""

import hashlib
import importlib
import os
import stat
from pathlib import Path
from types import ModuleType

import pytest

from desktop_app.domain.errors import UpdateError
from desktop_app.domain.updates import read_manifest
from desktop_app.sources.signatures import check_signature
from desktop_app.support.version import VERSION

ROOT = Path(__file__).resolve().parents[3]
FILES = {
    f"inglenook_{VERSION}_amd64.deb": "linux-x86_64",
    f"inglenook-{VERSION}-linux-amd64.tar.xz": "linux-x86_64",
    f"Inglenook-{VERSION}-x86_64.AppImage": "linux-x86_64",
    f"Inglenook-{VERSION}-windows-setup.exe": "windows-x86_64",
    f"Inglenook {VERSION}.dmg": "macos-arm64",
}


@pytest.fixture
def release_manifest(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795651200")
    return importlib.import_module("release_manifest")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "dist"
    made.mkdir()
    lines = []
    for name in FILES:
        (made / name).write_bytes(name.encode())
        lines.append(f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n")
    (made / "SHA256SUMS").write_text("".join(lines))
    return made


def make(module: ModuleType, key: Path, folder: Path, **changes: str) -> int:
    options = {"files-at": "https://example.org/files/", "page": "https://example.org/get"} | changes
    return int(module.main(["make", str(key), str(folder), *(f"--{name}={value}" for name, value in options.items())]))


def test_a_list_is_made_and_signed(
    release_manifest: ModuleType, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "key"
    assert release_manifest.main(["new-key", str(key)]) == 0
    public = capsys.readouterr().out.strip()
    assert stat.S_IMODE(os.stat(key).st_mode) == 0o600  # noqa: PTH116
    assert make(release_manifest, key, folder) == 0
    assert capsys.readouterr().out.strip() == public
    content, signature = (folder / "manifest.json").read_bytes(), (folder / "manifest.json.sig").read_bytes()
    check_signature(content, signature, public)
    manifest = read_manifest(content)
    assert (manifest.version, manifest.date) == (VERSION, "2026-11-26")
    assert {file.name: file.platform for file in manifest.files} == FILES
    assert manifest.files[-1].url == f"https://example.org/files/Inglenook%20{VERSION}.dmg"
    assert "\n- " in manifest.changes
    assert make(release_manifest, key, folder) == 0
    assert (folder / "manifest.json").read_bytes() == content  # the same files, the same list


def test_another_key_did_not_sign_it(release_manifest: ModuleType, folder: Path, tmp_path: Path) -> None:
    for name in ("key", "other"):
        release_manifest.main(["new-key", str(tmp_path / name)])
    make(release_manifest, tmp_path / "key", folder)
    other = release_manifest.public_half(release_manifest.read_key(tmp_path / "other"))
    with pytest.raises(UpdateError):
        check_signature((folder / "manifest.json").read_bytes(), (folder / "manifest.json.sig").read_bytes(), other)


def test_a_key_is_never_written_over(release_manifest: ModuleType, tmp_path: Path) -> None:
    key = tmp_path / "key"
    release_manifest.main(["new-key", str(key)])
    before = key.read_text()
    assert release_manifest.main(["new-key", str(key)]) == 1
    assert key.read_text() == before


@pytest.mark.parametrize("changes", [{"page": "http://example.org"}, {"minimum": "new"}, {"files-at": "ftp://x"}])
def test_what_the_app_would_refuse_is_not_signed(
    release_manifest: ModuleType, folder: Path, tmp_path: Path, changes: dict[str, str]
) -> None:
    release_manifest.main(["new-key", str(tmp_path / "key")])
    assert make(release_manifest, tmp_path / "key", folder, **changes) == 1
    assert not (folder / "manifest.json").exists()


def test_a_file_that_is_not_what_its_sum_says_stops_it(
    release_manifest: ModuleType, folder: Path, tmp_path: Path
) -> None:
    release_manifest.main(["new-key", str(tmp_path / "key")])
    next(folder.glob("*.deb")).write_bytes(b"other")
    assert make(release_manifest, tmp_path / "key", folder) == 1


def test_a_missing_key_is_told(release_manifest: ModuleType, folder: Path, tmp_path: Path) -> None:
    assert make(release_manifest, tmp_path / "none", folder) == 1
    (tmp_path / "bad").write_text("not a key")
    assert make(release_manifest, tmp_path / "bad", folder) == 1
