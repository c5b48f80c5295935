"""The development set-up: pinned, hashed, without addresses, and healing itself."""

import importlib
import json
import re
import shutil
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from desktop_app.services.words.installation import debian_package

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = sorted((ROOT / "packaging/requirements").glob("*.txt"))


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    return importlib.import_module("environment")


@pytest.fixture
def engine_build(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    return importlib.import_module("engine_build")


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.stem)
def test_requirements_are_pinned_and_hashed_without_addresses(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text
    entries = re.split(r"\n(?=[A-Za-z])", text.strip())
    for entry in entries:
        assert "==" in entry.splitlines()[0]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry.splitlines()[0]


def test_every_dependency_of_the_app_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[<>=]", entry)[0].lower() for entry in project["dependencies"]}
    pinned = {
        line.split("==")[0].lower() for file in REQUIREMENTS for line in file.read_text().splitlines() if "==" in line
    }
    assert wanted <= pinned


def test_qt_is_a_release_that_works_on_this_python() -> None:
    assert "pyside6-essentials==6.11.2" in (ROOT / "packaging/requirements/runtime.txt").read_text()


def test_the_app_names_the_packages_of_libraries_as_the_set_up_does(environment: ModuleType) -> None:
    libraries = environment.LIBRARIES
    assert {library: debian_package(library) for library in libraries} == libraries


def test_amx_is_switched_off_on_x86_only(engine_build: ModuleType) -> None:
    assert "-mno-amx-tile" in engine_build.compiler_flags("x86_64", "posix")
    assert engine_build.compiler_flags("aarch64", "posix") == ""
    assert engine_build.compiler_flags("AMD64", "nt") == ""


def test_without_root_the_exact_command_is_told(environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "install_prefix", lambda: None)
    with pytest.raises(environment.SetupError, match=r"sudo apt-get install --no-install-recommends libegl1 xvfb\n"):
        environment.install(["libegl1", "xvfb"])


def fake_venv(root: Path) -> tuple[Path, Path]:
    """Make an environment whose Python is this one's."""
    venv = root / ".venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin/python"
    python.symlink_to(sys.executable)
    (venv / "lib").mkdir()
    (venv / "lib/module.py").write_text("x = 1\n")
    return venv, python


def stamp(environment: ModuleType, venv: Path) -> dict[str, object]:
    made = {"files": sum(1 for _ in environment._installed_files(venv))}
    (venv / environment.STAMP).write_text(json.dumps(made))
    return environment._read_stamp(venv)


def test_a_whole_environment_is_left_alone(environment: ModuleType, tmp_path: Path) -> None:
    venv, python = fake_venv(tmp_path)
    found = stamp(environment, venv)
    (venv / "lib/__pycache__").mkdir()
    (venv / "lib/__pycache__/module.pyc").write_text("made by running it")
    assert environment._is_whole(venv, python, found)


@pytest.mark.parametrize("fault", ["lost file", "lost python", "python that does not run"])
def test_a_broken_environment_is_noticed(environment: ModuleType, tmp_path: Path, fault: str) -> None:
    venv, python = fake_venv(tmp_path)
    found = stamp(environment, venv)
    if fault == "lost file":
        (venv / "lib/module.py").unlink()
    else:
        python.unlink()
    if fault == "python that does not run":
        python.write_text("#!/bin/sh\nexit 1\n")
        python.chmod(0o755)
    assert not environment._is_whole(venv, python, found)


def test_a_half_done_environment_has_no_stamp_that_matches(environment: ModuleType, tmp_path: Path) -> None:
    venv, _python = fake_venv(tmp_path)
    assert environment._read_stamp(venv) == {}
    (venv / environment.STAMP).write_text('{"files": ')
    assert environment._read_stamp(venv) == {}
    assert not environment._matches({}, {"requirements": "x", "tests": "y"}, tests=True)


def test_changed_requirements_do_not_match(environment: ModuleType) -> None:
    found = {"requirements": "a", "tests": "b"}
    assert environment._matches(found, {"requirements": "a", "tests": "b"}, tests=True)
    assert environment._matches(found, {"requirements": "a", "tests": "c"}, tests=False)
    assert not environment._matches(found, {"requirements": "a", "tests": "c"}, tests=True)
    assert not environment._matches(found, {"requirements": "z", "tests": "b"}, tests=False)


def test_the_settings_of_tools_are_no_reason_to_install_again(environment: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text('[project]\nname = "a"\n')
    before = environment._project(tmp_path)
    file.write_text('[project]\nname = "a"\n[tool.mypy]\nstrict = true\n')
    assert environment._project(tmp_path) == before
    file.write_text('[project]\nname = "b"\n')
    assert environment._project(tmp_path) != before


def test_an_environment_is_never_made_with_its_own_python(environment: ModuleType) -> None:
    base = Path(environment._base_python())
    assert base.exists()
    assert not (base.parent.parent / "pyvenv.cfg").exists()


def test_the_chat_templates_are_fetched_once(
    engine_build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "llama.cpp"
    (source / "models/templates").mkdir(parents=True)
    (source / "models/templates/A.jinja").write_text("{{ messages }}")
    fetched: list[Path] = []
    monkeypatch.setattr(engine_build, "cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(engine_build, "fetch_source", lambda _root, _python, scratch: fetched.append(scratch) or source)
    folder = engine_build.templates_folder(ROOT, Path("python"))
    assert [file.name for file in folder.iterdir()] == ["A.jinja"]
    assert engine_build.templates_folder(ROOT, Path("python")) == folder
    assert len(fetched) == 1


def test_an_engine_that_was_built_without_the_part_for_other_computers_gets_it(
    engine_build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[tuple[str, ...]] = []

    def compile_part(_root: Path, _python: Path, scratch: Path, options: tuple[str, ...], *_more: object) -> Path:
        built.append(tuple(options))
        (scratch / "libggml-rpc.so").write_text("part")
        (scratch / "libggml-base.so").write_text("another base")
        return scratch

    monkeypatch.setattr(engine_build, "cache", lambda: tmp_path)
    monkeypatch.setattr(engine_build, "_compile", compile_part)
    folders = [tmp_path / "engines" / f"{engine_build.key(ROOT, name)}-{name}" for name in ("variants", "vulkan")]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "libggml-base.so").write_text("base")
    for _time in range(2):
        assert engine_build.backend_folder(ROOT, Path("python"), "vulkan") == folders[1]
    assert len(built) == 1
    assert "-DGGML_RPC=ON" in built[0]
    for folder in folders:
        assert {file.name: file.read_text() for file in folder.iterdir()} == {
            "libggml-base.so": "base",
            "libggml-rpc.so": "part",
        }


@pytest.mark.skipif(sys.platform != "linux" or shutil.which("apt-get") is None, reason="Debian's packages")
def test_the_tests_of_vulkan_ask_for_mesas_software_device_where_it_is_missing(
    environment: ModuleType, tmp_path: Path
) -> None:
    def asks(*, tests: bool) -> bool:
        folders = (tmp_path / "nothing", tmp_path)
        return "mesa-vulkan-drivers" in environment.missing_vulkan_packages(tests=tests, folders=folders)

    assert asks(tests=True)
    assert not asks(tests=False)
    (tmp_path / "lvp_icd.x86_64.json").touch()
    assert not asks(tests=True)


def test_an_engine_for_vulkan_is_built_anew_where_its_shaders_are_compiled_otherwise(
    engine_build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {backend: engine_build.key(ROOT, backend) for backend in ("cpu", "vulkan")}
    pins = tmp_path / "pins.txt"
    pins.write_text("glslc 1 all 0\n")
    monkeypatch.setattr(importlib.import_module("vulkan_headers"), "PINS", pins)
    assert engine_build.key(ROOT, "cpu") == before["cpu"]
    assert engine_build.key(ROOT, "vulkan") != before["vulkan"]
