"""An AppImage is a runtime that was chosen, and behind it a folder whose AppRun is the program."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

DATE = 1_700_000_000
RUNTIME = b"\x7fELF, or what stands for it here\n" * 40
needs_squashfs = pytest.mark.skipif(
    not (shutil.which("mksquashfs") and shutil.which("unsquashfs")), reason="no squashfs-tools here"
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a shell script stands for the program")


@pytest.fixture
def appimage(module: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, which takes a runtime that is none for the one that was chosen."""
    loaded = module("appimage")
    monkeypatch.setattr(loaded, "RUNTIME_DIGESTS", {"x86_64": hashlib.sha256(RUNTIME).hexdigest()})
    return loaded


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What linux_package lays out, with a script for a program."""
    tree = tmp_path / "tree"
    for name in (
        "usr/share/applications/inglenook.desktop",
        "usr/share/icons/hicolor/scalable/apps/inglenook.svg",
        "usr/share/icons/hicolor/256x256/apps/inglenook.png",
        "usr/lib/inglenook/inglenook",
    ):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text('#!/bin/sh\necho "program: $*"\n')
    (tree / "usr/lib/inglenook/inglenook").chmod(0o755)
    (tree / "usr/bin").mkdir()
    (tree / "usr/bin/inglenook").symlink_to("../lib/inglenook/inglenook")
    return tree


def runs(folder: Path) -> str:
    return subprocess.run([folder / "AppRun", "ask", "a b"], capture_output=True, text=True, check=True).stdout


def test_the_folder_runs_wherever_it_lies(appimage: ModuleType, tree: Path, tmp_path: Path) -> None:
    folder = appimage.lay_out(tree, tmp_path / "x.AppDir")
    moved = folder.rename(tmp_path / "some where else")
    assert runs(moved) == "program: ask a b\n"
    in_front = [".DirIcon", "AppRun", "inglenook.desktop", "inglenook.svg", "usr"]
    assert sorted(path.name for path in moved.iterdir()) == in_front
    assert all((moved / name).exists() for name in in_front)


@needs_squashfs
def test_runtime_and_folder_become_one_file(
    appimage: ModuleType, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path / "runtime"
    runtime.write_bytes(RUNTIME)
    monkeypatch.setenv("INGLENOOK_APPIMAGE_RUNTIME", str(runtime))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    made = []
    for turn in ("first", "second"):
        (tmp_path / turn).mkdir()
        os.utime(tree / "usr/lib/inglenook/inglenook", (DATE + len(made), DATE + len(made)))
        made += appimage.make(tree, tmp_path / turn, tmp_path / turn, "inglenook-1", DATE, 0)
    assert [file.name for file in made] == ["inglenook-1-x86_64.AppImage"] * 2
    assert made[0].read_bytes() == made[1].read_bytes()
    assert made[0].read_bytes().startswith(RUNTIME)
    assert os.access(made[0], os.X_OK)
    target = tmp_path / "unpacked"
    command = ["unsquashfs", "-no-progress", "-offset", str(len(RUNTIME)), "-dest", str(target), str(made[0])]
    subprocess.run(command, check=True, capture_output=True)
    assert runs(target) == "program: ask a b\n"


def test_another_runtime_is_refused(
    appimage: ModuleType, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path / "runtime"
    monkeypatch.setenv("INGLENOOK_APPIMAGE_RUNTIME", str(runtime))
    for wrong in (None, RUNTIME + b"!"):
        if wrong is not None:
            runtime.write_bytes(wrong)
        with pytest.raises(appimage.environment.SetupError, match="runtime"):
            appimage.make(tree, tmp_path, tmp_path, "inglenook-1", DATE, 0)
    assert not list(tmp_path.glob("*.AppImage"))


def test_without_a_runtime_there_is_the_folder_alone(
    appimage: ModuleType, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INGLENOOK_APPIMAGE_RUNTIME", raising=False)
    assert appimage.make(tree, tmp_path, tmp_path, "inglenook-1", DATE, 0) == []
    assert runs(tmp_path / "inglenook-1.AppDir") == "program: ask a b\n"
