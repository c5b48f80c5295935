"""Finds headers of Vulkan that are new enough for llama.cpp, or unpacks Debian 13's beside the system's, with its glslc.

They come from the mirror that this computer's apt uses already, for another release and into a folder of
their own: the system's own packages stay as they are. An older glslc does: llama.cpp then leaves out in
silence what it cannot compile, which is all that uses the matrix cores of cards and products of bytes.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import engine_build
import environment

OLDEST = (1, 3, 275)
"""Ubuntu 24.04's; llama.cpp needs `vk::LayerSettingEXT`, which 1.3.239 does not have yet."""
PINS = Path(__file__).with_name("vulkan_headers.txt")
RELEASE = "trixie"
UNPINNED = "-"
"""Of what the compiler of shaders runs with, which changes nothing that it makes: Debian's signature is enough."""
COMPILER = """#!/bin/sh
there=$(dirname "$0")/../usr
for loader in "$there"/lib/*/ld-linux-*.so.*; do
    exec "$loader" --library-path "${loader%/*}" "$there/bin/glslc" "$@"
done
"""
"""Debian 13's glslc with the libraries that it was made for: the system's own are older."""
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
ADVICE = (
    f"llama.cpp's Vulkan part needs Vulkan's headers {'.'.join(map(str, OLDEST))} or newer, and SPIRV's.\n"
    "Install them (Ubuntu 24.04: sudo apt-get install libvulkan-dev spirv-headers; elsewhere the Vulkan SDK, and let\n"
    "VULKAN_SDK name its folder), then run the same command again."
)


def cmake_options() -> tuple[str, ...]:
    """Return what tells CMake where the headers and the loader are, nothing where it finds good ones; raises SetupError."""
    if platform.system() != "Linux" or any(_suffice(folder) for folder in _own_folders()):
        return ()
    mirror = _mirror()
    if not mirror or not Path(KEYRING).is_file():
        raise environment.SetupError(ADVICE)
    fetched = _fetched(mirror)
    headers = fetched / "usr"
    loader = environment.shared_libraries().get("libvulkan.so.1", "")
    return (
        f"-DVulkan_INCLUDE_DIR={headers / 'include'}",
        f"-DVulkan_LIBRARY={loader}",
        f"-DCMAKE_PREFIX_PATH={headers}",
        f"-DVulkan_GLSLC_EXECUTABLE={fetched / 'bin/glslc'}",
    )


def header_version(text: str) -> tuple[int, int, int]:
    """Return the version that a `vulkan_core.h` declares, zeros where it declares none."""
    complete = re.search(r"VK_HEADER_VERSION_COMPLETE\s+VK_MAKE_API_VERSION\(0, (\d+), (\d+),", text)
    patch = re.search(r"define VK_HEADER_VERSION (\d+)", text)
    return (int(complete[1]), int(complete[2]), int(patch[1])) if complete and patch else (0, 0, 0)


def pins(text: str, architecture: str) -> list[tuple[str, str, str]]:
    """Return (name, version, SHA-256) of the packages for one of Debian's architectures."""
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, version, digest) for name, version, which, digest in rows if which in (architecture, "all")]


def _own_folders() -> list[Path]:
    sdk = os.environ.get("VULKAN_SDK")
    return [Path(folder) / "include" for folder in ([sdk] if sdk else []) + ["/usr", "/usr/local"]]


def _suffice(folder: Path) -> bool:
    try:
        text = (folder / "vulkan/vulkan_core.h").read_text(encoding="utf-8")
    except OSError:
        return False
    return header_version(text) >= OLDEST and (folder / "spirv").is_dir()


def _mirror() -> str:
    """Return where apt fetches Debian's own packages from, empty where it does not."""
    if shutil.which("apt-get") is None:
        return ""
    asked = ("Created-By: Packages", "Origin: Debian", "Label: Debian")
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", *asked], capture_output=True, text=True
    )
    return next(iter(listed.stdout.split()), "")


def _fetched(mirror: str) -> Path:
    """Return the folder of the pinned packages' files, fetched and checked where they are not here yet."""
    text = PINS.read_text(encoding="utf-8")
    folder = engine_build.cache() / "vulkan-headers" / hashlib.sha256(text.encode()).hexdigest()[:16]
    if folder.is_dir():
        return folder
    print("-- fetching Debian 13's headers and compiler for Vulkan …", flush=True)
    machine = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout
    with tempfile.TemporaryDirectory(prefix="inglenook-headers-") as scratch:
        unpacked = Path(scratch) / "unpacked"
        apt = _apt_of_its_own(Path(scratch), mirror)
        environment.run([*apt, "update"])
        for name, version, digest in pins(text, machine.strip()):
            package = Path(scratch) / name
            package.mkdir()
            wanted = name if version == UNPINNED else f"{name}={version}"
            environment.run([*apt, "download", wanted], folder=package)
            file = next(package.glob("*.deb"))
            if digest not in (UNPINNED, hashlib.sha256(file.read_bytes()).hexdigest()):
                raise environment.SetupError(f"{file.name} is not the file that {PINS.name} names.")
            environment.run(["dpkg-deb", "--extract", str(file), str(unpacked)])
        compiler = unpacked / "bin/glslc"
        compiler.parent.mkdir()
        compiler.write_text(COMPILER, encoding="utf-8")
        compiler.chmod(0o755)
        engine_build.publish(unpacked, folder)
    return folder


def _apt_of_its_own(scratch: Path, mirror: str) -> list[str]:
    """Return an apt-get that knows one release and keeps everything in `scratch`."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (scratch / folder).mkdir(parents=True)
    (scratch / "status").touch()
    sources = scratch / "sources.list"
    sources.write_text(f"deb [signed-by={KEYRING}] {mirror} {RELEASE} main\n", encoding="utf-8")
    options = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "-",
        "Dir::State::Lists": scratch / "lists",
        "Dir::State::Status": scratch / "status",
        "Dir::Cache": scratch / "cache",
        "APT::Sandbox::User": "root",  # the scratch folder is this user's alone
        "Acquire::Languages": "none",
    }
    return ["apt-get", "--quiet", *(part for name, value in options.items() for part in ("-o", f"{name}={value}"))]
