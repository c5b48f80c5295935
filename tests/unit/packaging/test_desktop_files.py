"""What desktops are told of the app says the same everywhere, and holds against the tools that check it."""

import configparser
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from desktop_app.gui.system.taskbar import desktop_entry
from desktop_app.support.version import VERSION

ROOT = Path(__file__).resolve().parents[3]
LINUX = ROOT / "packaging/linux"
METAINFO = LINUX / "inglenook.metainfo.xml"
ENTRY = LINUX / "inglenook.desktop"
MANIFEST = next((ROOT / "packaging/flatpak").glob("*.yml"))
FREE = {"--socket=wayland", "--socket=fallback-x11", "--share=ipc", "--device=dri", "--share=network"}
"""What a Flatpak may be given without a word; everything else is to be thought about."""


@pytest.fixture
def about() -> ET.Element:
    return ET.parse(METAINFO).getroot()


@pytest.fixture
def entry() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(ENTRY, encoding="utf-8")
    return parser["Desktop Entry"]


@pytest.fixture
def manifest() -> dict[str, object]:
    return yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))


@pytest.mark.skipif(shutil.which("appstreamcli") is None, reason="no appstreamcli here")
def test_appstream_takes_it() -> None:
    done = subprocess.run(["appstreamcli", "validate", "--no-net", METAINFO], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="no desktop-file-validate here")
def test_the_entry_is_taken() -> None:
    done = subprocess.run(["desktop-file-validate", "--no-hints", ENTRY], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_release_is_the_newest_one(about: ET.Element) -> None:
    versions = [release.get("version") for release in about.iter("release")]
    assert versions[0] == VERSION


def test_names_agree(about: ET.Element, entry: configparser.SectionProxy, module: Callable[[str], ModuleType]) -> None:
    assert about.findtext("id") == module("bundle").identifier() == desktop_entry({"FLATPAK_ID": MANIFEST.stem})
    assert about.findtext("name") == entry["Name"]


def test_what_it_opens_agrees(about: ET.Element, entry: configparser.SectionProxy) -> None:
    types = entry["MimeType"].strip(";").split(";")
    assert types == [element.text for element in about.iter("mediatype")]
    (kind,) = ET.parse(LINUX / "inglenook-mime.xml").getroot()
    assert kind.get("type") in types
    assert {"text/plain", "text/markdown", "application/pdf"} < set(types)
    assert entry["Exec"] == "inglenook %U"  # several files come together


def test_a_quick_question_is_a_command_of_the_entry() -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ENTRY, encoding="utf-8")
    actions = [name for name in parser["Desktop Entry"]["Actions"].split(";") if name]
    commands = [parser[f"Desktop Action {name}"]["Exec"] for name in actions]
    assert commands == ["inglenook --quick"]


def test_the_flatpak_is_made_of_the_archive(manifest: dict[str, object], module: Callable[[str], ModuleType]) -> None:
    assert manifest["id"] == MANIFEST.stem == module("bundle").identifier()
    assert manifest["command"] == "inglenook"
    renamed = {name: manifest[f"rename-{name}"] for name in ("desktop-file", "icon", "appdata-file")}
    assert renamed == {"desktop-file": ENTRY.name, "icon": desktop_entry({}), "appdata-file": METAINFO.name}
    (part,) = manifest["modules"]
    archives = {source["path"] for source in part["sources"]}
    assert archives == {f"../../dist/inglenook-{VERSION}-linux-{machine}.tar.xz" for machine in ("amd64", "arm64")}


def test_the_flatpak_is_given_little(manifest: dict[str, object]) -> None:
    given = set(manifest["finish-args"])
    names = ("org.freedesktop.secrets", "org.freedesktop.Notifications", "org.kde.StatusNotifierWatcher")
    assert given - FREE == {f"--talk-name={name}" for name in names}
    assert not any(re.match("--filesystem|--device=all|--socket=(session|system)-bus", line) for line in given)


@pytest.mark.skipif(shutil.which("flatpak-builder") is None, reason="no flatpak-builder here")
def test_flatpak_reads_the_manifest(tmp_path: Path) -> None:
    command = ["flatpak-builder", "--show-manifest", MANIFEST]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
