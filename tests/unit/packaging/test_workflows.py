"""The workflows take nothing on trust: pinned actions, few rights, an end for each job, no credentials, no strange addresses."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
RELEASE_RIGHTS = {"contents": "read", "id-token": "write", "attestations": "write"}
PIN = re.compile(r"uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # \S")


def jobs(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"].items()


def test_there_are_some() -> None:
    assert [file.stem for file in WORKFLOWS] == ["package", "test"]
    package = dict(jobs(WORKFLOWS[0]))
    assert {"linux", "windows", "macos", "try-linux", "release"} <= set(package)
    assert {"linux", "debian", "windows", "macos"} <= set(dict(jobs(WORKFLOWS[1])))
    assert set(package["release"]["needs"]) == set(package) - {"release"}


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_actions_are_pinned_to_commits(file: Path) -> None:
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if re.match(r"\s*-? ?uses:", line)]
    assert lines
    assert [line for line in lines if not PIN.search(line)] == []


def test_one_action_is_one_commit_everywhere() -> None:
    pins = {match for file in WORKFLOWS for match in re.findall(r"uses: (\S+)@(\w+)", file.read_text(encoding="utf-8"))}
    assert len(pins) == len({name for name, _commit in pins})


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_rights_are_few_and_jobs_end(file: Path) -> None:
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert told["permissions"] == {"contents": "read"}
    assert told["concurrency"]["group"]
    for name, job in jobs(file):
        assert 0 < job["timeout-minutes"] <= 150, name
        assert job.get("permissions", {"contents": "read"}) == (
            RELEASE_RIGHTS if name == "release" else {"contents": "read"}
        )
        for step in job["steps"]:
            if "actions/checkout@" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_secrets_come_in_by_variables_where_a_release_is_made(file: Path) -> None:
    """A word that is put into a command can be read there; and what anybody proposes must not see any."""
    for _name, job in jobs(file):
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            if "secrets." in str(step):
                assert "github.ref_type == 'tag'" in step["if"]
                assert set(step) == {"name", "if", "env", "run"}


def test_the_runtime_is_the_one_that_is_known(module: Callable[[str], ModuleType]) -> None:
    appimage = module("appimage")
    text = WORKFLOWS[0].read_text(encoding="utf-8")
    addresses = re.findall(r"https?://\S+", text)
    kind = "AppImage/type2-runtime/releases/download"
    assert addresses == [f"https://github.com/{kind}/{appimage.RUNTIME_RELEASE}/runtime-x86_64"]
    assert f"RUNTIME_SHA256: {appimage.RUNTIME_DIGESTS['x86_64']}\n" in text
