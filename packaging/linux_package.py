"""Makes the packages for Linux of a frozen app: a .deb, a plain archive and an AppImage, with and without the starter.

What the system has to have is asked of the libraries themselves (dpkg-shlibdeps), so it runs on Debian
or Ubuntu; the oldest release that the packages are to run on is the one to make them on.
"""

import gettext
import gzip
import hashlib
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import appimage
import environment
import freeze
import manual
from flavours import FLAVOURS, Flavour

APP_ID = "inglenook"
"""What desktops know the window by; desktop_app/gui/start.py tells them."""
ICON_SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
PARTS_FOLDER = "packaging/linux"
PROGRAM_FOLDER = "usr/lib/inglenook"
SHOWN_IN_DESKTOPS = ("GenericName", "Comment", "Keywords")
"""What of the desktop entry is in the language of whoever looks at it."""
SECTION = "utils"
METADATA = f"usr/share/metainfo/{APP_ID}.metainfo.xml"
ALWAYS_THERE = ("ca-certificates", "fonts-dejavu-core | fonts-freefont-ttf | fonts-noto-core")
"""What no library asks for: the certificates that servers are checked against, and a font."""
RECOMMENDED = (
    "libvulkan1",
    "mesa-vulkan-drivers",
    "fonts-noto-color-emoji",
    "xdg-desktop-portal",
    "libpulse0",
    "libspeechd2",
    "speech-dispatcher",
    "libenchant-2-2",
    "hunspell-en-us | hunspell-dictionary",
)
OPTIONAL_LIBRARIES = (
    "libggml-vulkan.so",
    "libQt6Multimedia.so.6",
    "libQt6TextToSpeech.so.6",
    "QtTextToSpeech.abi3.so",
    "libqtexttospeech_speechd.so",
)
"""Libraries that the app does without where the system lacks what they need."""
RENAMED = {"libssl3": "libssl3t64 | libssl3", "libglib2.0-0": "libglib2.0-0t64 | libglib2.0-0"}
DESCRIPTION = """\
 Inglenook runs open language models on this computer through llama.cpp,
 keeps every conversation in one file, and sends nothing anywhere unless it
 is asked to.
"""


def make_packages(root: Path, python: Path, work: Path, target: Path, version: str, level: int) -> list[Path]:
    """Freeze the app and pack both flavours of it, as tight as `level` of xz says; returns the files. Raises SetupError."""
    shutil.rmtree(work, ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    program = freeze.freeze(root, python, work, "vulkan")
    date = freeze.source_date(root)
    made = []
    for flavour in FLAVOURS:
        if flavour.starter:
            freeze.add_starter(python, program)
        freeze.add_notices(root, python, work, program, version, starter=flavour.starter)
        tree = work / flavour.name
        lay_out(root, python, program, tree, version, date)
        made.append(
            archive(tree, target / f"{flavour.name}-{version}-linux-{machine()}.tar.xz", date, flavour.name, level)
        )
        made.append(debian(tree, target, flavour, version, date, level))
        made += appimage.make(tree, work, target, f"{flavour.name}-{version}", date, level)
    return made


def machine() -> str:
    """Return this computer's kind of processor as Debian calls it."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def lay_out(root: Path, python: Path, program: Path, tree: Path, version: str, date: int) -> None:
    """Put everything where a Linux system expects it, below `tree`."""
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(program, tree / PROGRAM_FOLDER, symlinks=True)
    share = tree / "usr/share"
    parts = root / PARTS_FOLDER
    entry = share / f"applications/{APP_ID}.desktop"
    place(parts / "inglenook.desktop", entry)
    entry.write_text(translated_entry(root, entry.read_text(encoding="utf-8")), encoding="utf-8")
    place(parts / "inglenook.metainfo.xml", tree / METADATA)
    place(parts / "inglenook-mime.xml", share / "mime/packages/inglenook.xml")
    icon = root / "resources/icons/app.svg"
    place(icon, share / f"icons/hicolor/scalable/apps/{APP_ID}.svg")
    icons = share / "icons/hicolor"
    sizes = [str(size) for size in ICON_SIZES]
    environment.run([str(python), str(root / "packaging/draw_icons.py"), str(icon), str(icons), APP_ID, *sizes])
    page = share / "man/man1/inglenook.1.gz"
    page.parent.mkdir(parents=True)
    page.write_bytes(gzip.compress(manual.page(root, python, version, date).encode(), mtime=0))
    documents = share / "doc/inglenook"
    for name in ("LICENSE", "THIRD-PARTY.txt", "inglenook.cdx.json"):
        place(program / name, documents / name)
        (tree / PROGRAM_FOLDER / name).unlink()
    place(root / "CHANGELOG.md", documents / "CHANGELOG.md")
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "usr/bin/inglenook").symlink_to("../lib/inglenook/inglenook")
    set_rights(tree)


def translated_entry(root: Path, entry: str) -> str:
    """Return a desktop entry with what desktops show of it in every language that has a compiled catalogue."""
    catalogues: dict[str, gettext.GNUTranslations] = {}
    for file in sorted((root / "resources/locale").glob("*/LC_MESSAGES/*.mo")):
        with file.open("rb") as opened:
            catalogues[file.parts[-3]] = gettext.GNUTranslations(opened)
    lines: list[str] = []
    for line in entry.splitlines():
        name, _equals, value = line.partition("=")
        others = catalogues.items() if name in SHOWN_IN_DESKTOPS else ()
        lines += [line, *(f"{name}[{language}]={words.gettext(value)}" for language, words in others)]
    return "\n".join(lines) + "\n"


def place(source: Path, target: Path) -> None:
    """Copy a file, and make the folders above it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def set_rights(tree: Path) -> None:
    """Let everybody read and only root write, whatever the mask of whoever builds; programs stay programs."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            path.chmod(
                0o755 if path.is_dir() or (os.access(path, os.X_OK) and path.parent.name == "inglenook") else 0o644
            )


def archive(tree: Path, target: Path, date: int, name: str, level: int) -> Path:
    """Pack a tree for systems without dpkg: unpacked anywhere, usr/bin/inglenook in it starts the app."""
    command = ["tar", "--create", "--sort=name", f"--mtime=@{date}", "--owner=0", "--group=0", "--numeric-owner"]
    command += ["--format=gnu", f"--transform=flags=r;s,^\\./usr,{name},", f"--use-compress-program=xz -{level} -T2"]
    environment.run([*command, "--file", str(target), "-C", str(tree), "./usr"])
    return target


def debian(tree: Path, target: Path, flavour: Flavour, version: str, date: int, level: int) -> Path:
    """Pack a tree as a .deb. No script runs when it is installed or removed: dpkg's triggers do what there is to do."""
    notice = tree / "usr/share/doc" / flavour.name / "copyright"
    notice.parent.mkdir(exist_ok=True)
    notice.write_text(copyright_file(tree), encoding="utf-8")
    set_rights(tree)
    control = tree / "DEBIAN"
    control.mkdir()
    size = sum(file.lstat().st_size for file in (tree / "usr").rglob("*") if file.is_file() or file.is_symlink())
    others = ", ".join(each.name for each in FLAVOURS if each != flavour)
    provides = [] if flavour.name == "inglenook" else [f"Provides: inglenook (= {version})"]
    lines = [
        f"Package: {flavour.name}",
        f"Version: {version}",
        f"Architecture: {machine()}",
        f"Maintainer: {maintainer(tree / METADATA)}",
        f"Installed-Size: {size // 1024}",
        f"Section: {SECTION}",
        "Priority: optional",
        f"Depends: {', '.join([*needed(tree), *ALWAYS_THERE])}",
        f"Recommends: {', '.join(RECOMMENDED)}",
        *provides,
        f"Conflicts: {others}",
        f"Replaces: {others}",
        f"Description: {flavour.summary}",
    ]
    (control / "control").write_text("\n".join(lines) + "\n" + DESCRIPTION, encoding="utf-8")
    (control / "md5sums").write_text(checksums(tree), encoding="utf-8")
    package = target / f"{flavour.name}_{version}_{machine()}.deb"
    for path in (*tree.rglob("*"), tree):
        os.utime(path, (date, date), follow_symlinks=False)
    variables = {**os.environ, "SOURCE_DATE_EPOCH": str(date)}
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", f"-z{level}", "--build", str(tree), str(package)]
    environment.run(command, environ=variables)
    shutil.rmtree(control)
    return package


def maintainer(metadata: Path) -> str:
    """Return who answers for the package, with the address, as AppStream's metadata has them."""
    component = ET.parse(metadata).getroot()
    return f"{component.findtext('developer/name', '')} <{component.findtext('update_contact', '')}>"


def checksums(tree: Path) -> str:
    """Return a line for each file, by which `dpkg --verify` finds those that were changed or damaged."""
    files = sorted(file for file in (tree / "usr").rglob("*") if file.is_file() and not file.is_symlink())
    digests = ((hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest(), file) for file in files)
    return "".join(f"{digest}  {file.relative_to(tree)}\n" for digest, file in digests)


def copyright_file(tree: Path) -> str:
    """Return what Debian's tools look for in every package: where the licences stand."""
    documents = "/usr/share/doc/inglenook"
    return (
        f"Inglenook is copyright of {maintainer(tree / METADATA)} and is under the Apache License 2.0:\n"
        f"{documents}/LICENSE, on Debian also /usr/share/common-licenses/Apache-2.0.\n\n"
        f"It contains parts of others under their own licences, which {documents}/THIRD-PARTY.txt lists.\n"
    )


def needed(tree: Path) -> list[str]:
    """Return the Debian packages, with the least versions, that the libraries in a tree ask for."""
    source = tree.parent / "shlibdeps"
    (source / "debian").mkdir(parents=True, exist_ok=True)
    (source / "debian/control").write_text(f"Source: inglenook\n\nPackage: inglenook\nArchitecture: {machine()}\n")
    files = [file for file in (tree / PROGRAM_FOLDER).rglob("*") if is_library(file)]
    own = sorted({file.parent for file in files})
    command = ["dpkg-shlibdeps", "-O", "--ignore-missing-info", *(f"-l{folder}" for folder in own)]
    done = subprocess.run([*command, *map(str, sorted(files))], cwd=source, capture_output=True, text=True)
    if done.returncode != 0:
        raise environment.SetupError(f"dpkg-shlibdeps failed:\n{done.stderr[-4000:]}")
    names = done.stdout.strip().removeprefix("shlibs:Depends=").split(", ")
    return [renamed(name) for name in names if name]


def is_library(file: Path) -> bool:
    """Whether a file is machine code that the app cannot do without."""
    return file.name not in OPTIONAL_LIBRARIES and freeze.is_machine_code(file)


def renamed(dependency: str) -> str:
    """Return a dependency with the name beside it that newer releases have for the package, without a version."""
    name = re.split(r"[ (]", dependency, maxsplit=1)[0]
    return f"{RENAMED[name].partition(' | ')[0]} | {dependency}" if name in RENAMED else dependency
