"""Models of other apps: every layout on every platform."""

import json
from pathlib import Path

import pytest

from desktop_app.sources.apps import FoundModel
from tests.unit.sources.app_homes import (
    CONFIG,
    DIGEST,
    GGUF,
    GPT4ALL_DATA,
    JAN_HOME,
    OTHER_DIGEST,
    PLATFORMS,
    find,
    manifest,
    paths,
    put,
    put_cached,
    put_jan,
    put_ollama,
)


def test_a_computer_without_other_apps_has_nothing(home: Path) -> None:
    for platform in PLATFORMS:
        assert find(home, platform) == []
        assert find(home / "gone", platform) == []


# LM Studio


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("folder", [".lmstudio", ".cache/lm-studio"])
def test_lm_studio(home: Path, platform: str, folder: str) -> None:
    file = put(home / folder / "models" / "bartowski" / "Llama-GGUF" / "Llama-Q4_K_M.gguf")
    put(file.with_name("mmproj-Llama-f16.gguf"))
    put(file.with_name("README.md"))
    assert find(home, platform) == [
        FoundModel(path=str(file), app="LM Studio", repository="bartowski/Llama-GGUF", size=len(GGUF))
    ]


def test_lm_studio_follows_its_pointer(home: Path, tmp_path: Path) -> None:
    file = put(tmp_path / "disk" / "models" / "a" / "b" / "c.gguf")
    put(home / ".lmstudio-home-pointer", f"{tmp_path / 'disk'}\n")
    assert paths(find(home)) == [str(file)]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("is_current", [True, False])
def test_lm_studio_keeps_models_where_the_person_said(
    home: Path, tmp_path: Path, platform: str, is_current: bool
) -> None:
    file = put(tmp_path / "disk" / "a" / "b" / "c.gguf")
    folder = home / (".lmstudio" if is_current else f"{CONFIG[platform]}/LM Studio")
    put(folder / "settings.json", json.dumps({"language": "en", "downloadsFolder": str(tmp_path / "disk")}))
    found = find(home, platform)
    assert paths(found) == [str(file)]
    assert found[0].repository == "a/b"


@pytest.mark.parametrize("folder", ["", "only-one", "imported-models/uncategorized", "a b/c d"])
def test_lm_studio_folders_that_name_no_repository(home: Path, folder: str) -> None:
    put(home / ".lmstudio/models" / folder / "c.gguf")
    assert [model.repository for model in find(home)] == [""]


@pytest.mark.parametrize(
    "settings",
    [
        "{",
        "[]",
        '"text"',
        '{"downloadsFolder": 5}',
        '{"downloadsFolder": "relative"}',
        '{"x": ' + "[" * 100_000,
        '{"downloadsFolder": "/\\u0000"}',
        "",
    ],
)
def test_broken_lm_studio_settings_leave_the_usual_folder(home: Path, settings: str) -> None:
    file = put(home / ".lmstudio/models/a/b/c.gguf")
    put(home / ".lmstudio/settings.json", settings)
    put(home / ".lmstudio-home-pointer", b"\xff\x00nonsense")
    assert paths(find(home)) == [str(file)]


# Ollama


@pytest.mark.parametrize("platform", PLATFORMS)
def test_ollama(home: Path, platform: str) -> None:
    blob = put_ollama(home / ".ollama/models")
    assert find(home, platform) == [
        FoundModel(path=str(blob), app="Ollama", name="llama3.2:3b", size=len(GGUF), sha256=DIGEST)
    ]


@pytest.mark.parametrize(
    ("manifest_path", "name", "repository"),
    [
        ("registry.ollama.ai/library/llama3.2/latest", "llama3.2:latest", ""),
        ("registry.ollama.ai/someone/tuned/7b", "someone/tuned:7b", ""),
        ("hf.co/bartowski/Llama-GGUF/Q4_K_M", "hf.co/bartowski/Llama-GGUF:Q4_K_M", "bartowski/Llama-GGUF"),
        ("example.org/library/own/1b", "example.org/library/own:1b", ""),
    ],
)
def test_ollama_names(home: Path, manifest_path: str, name: str, repository: str) -> None:
    put_ollama(home / ".ollama/models", manifest_path)
    assert [(model.name, model.repository) for model in find(home)] == [(name, repository)]


def test_ollama_models_elsewhere(home: Path, tmp_path: Path) -> None:
    blob = put_ollama(tmp_path / "disk")
    assert paths(find(home, environment={"OLLAMA_MODELS": str(tmp_path / "disk")})) == [str(blob)]
    assert find(home, environment={"OLLAMA_MODELS": "disk"}) == []


def test_the_ollama_service_is_one_of_linux(home: Path, tmp_path: Path) -> None:
    blob = put_ollama(tmp_path / "service")
    assert paths(find(home, "linux")) == [str(blob)]
    assert find(home, "darwin") == []
    assert find(home, "win32") == []


def test_two_tags_of_one_file_are_one_model_with_the_better_name(home: Path) -> None:
    put_ollama(home / ".ollama/models", "registry.ollama.ai/library/llama3.2/latest")
    put_ollama(home / ".ollama/models", "registry.ollama.ai/library/llama3.2/mini")
    assert [model.name for model in find(home)] == ["llama3.2:mini"]


def test_newer_ollama_links_tags_to_manifests_among_the_blobs(home: Path) -> None:
    models = home / ".ollama/models"
    blob = put(models / "blobs" / f"sha256-{DIGEST}")
    put(models / "blobs" / f"sha256-{OTHER_DIGEST}", manifest(f"sha256:{DIGEST}"))
    tag = models / "manifests-v2/ollama.com/library/llama3.2/3b"
    tag.parent.mkdir(parents=True)
    tag.symlink_to(f"../../../../blobs/sha256-{OTHER_DIGEST}")
    assert [(model.path, model.name) for model in find(home)] == [(str(blob), "llama3.2:3b")]


def test_of_an_ollama_list_the_manifest_for_llama_cpp_is_taken(home: Path) -> None:
    models = home / ".ollama/models"
    put(models / "blobs" / f"sha256-{'1' * 64}")
    blob = put(models / "blobs" / f"sha256-{DIGEST}")
    put(models / "blobs" / f"sha256-{OTHER_DIGEST}", manifest(f"sha256:{DIGEST}"))
    choices = [
        {"runner": "mlx", "format": "safetensors", "digest": f"sha256:{'2' * 64}"},
        {"runner": "ollama", **json.loads(manifest(f"sha256:{'1' * 64}"))},
        {"runner": "llamacpp", "format": "gguf", "digest": f"sha256:{OTHER_DIGEST}"},
    ]
    text = {"mediaType": "application/vnd.ollama.manifest.list.v2+json", "manifests": choices}
    put(models / "manifests-v2/ollama.com/library/qwen3/8b", json.dumps(text))
    assert paths(find(home)) == [str(blob)]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "",
        "[]",
        "null",
        '{"layers": null}',
        '{"layers": [{"mediaType": 5}]}',
        '{"x": ' + "[" * 100_000,
        '{"layers": [{"mediaType": "application/vnd.ollama.image.model"}]}',
        manifest(f"sha256:{OTHER_DIGEST}"),
        manifest("sha256:ab"),
        manifest(f"sha256:{DIGEST}", "application/vnd.ollama.image.projector"),
    ],
)
def test_a_bad_ollama_manifest_hides_only_itself(home: Path, text: str) -> None:
    good = put_ollama(home / ".ollama/models", digest="12" * 32)
    put(home / ".ollama/models/blobs" / f"sha256-{DIGEST}")
    put(home / ".ollama/models/manifests/registry.ollama.ai/library/bad/1b", text)
    put(home / ".ollama/models/manifests/registry.ollama.ai/stray", manifest(f"sha256:{DIGEST}"))
    assert paths(find(home)) == [str(good)]


@pytest.mark.parametrize(
    "digest", ["../../secret", "sha256:../../../secret", f"sha256-../{DIGEST}", f"sha256:{DIGEST}/..", "/secret"]
)
def test_an_ollama_manifest_cannot_point_outside(home: Path, digest: str) -> None:
    put(home / ".ollama/secret")
    put(home / ".ollama/models/blobs/secret")
    put(home / ".ollama/models/blobs" / f"sha256-{DIGEST}")
    put(home / "secret")
    put(home / ".ollama/models/manifests/registry.ollama.ai/library/bad/1b", manifest(digest))
    assert find(home) == []


def test_an_ollama_manifest_from_outside_is_not_read(home: Path, tmp_path: Path) -> None:
    put(home / ".ollama/models/blobs" / f"sha256-{DIGEST}")
    foreign = put(tmp_path / "foreign", manifest(f"sha256:{DIGEST}"))
    tag = home / ".ollama/models/manifests/registry.ollama.ai/library/bad/1b"
    tag.parent.mkdir(parents=True)
    tag.symlink_to(foreign)
    assert find(home) == []
    tag.unlink()
    put(tag, foreign.read_bytes())
    assert len(find(home)) == 1


@pytest.mark.parametrize("is_newer", [True, False])
def test_ollama_blobs_may_lie_on_another_disk(home: Path, tmp_path: Path, is_newer: bool) -> None:
    put(tmp_path / "blobs" / f"sha256-{DIGEST}")
    note = put(tmp_path / "blobs" / f"sha256-{OTHER_DIGEST}", manifest(f"sha256:{DIGEST}"))
    models = home / ".ollama/models"
    models.mkdir(parents=True)
    (models / "blobs").symlink_to(tmp_path / "blobs")
    tag = models / ("manifests-v2" if is_newer else "manifests") / "ollama.com/library/llama3.2/3b"
    tag.parent.mkdir(parents=True)
    if is_newer:
        tag.symlink_to(models / "blobs" / note.name)
    else:
        tag.write_bytes(note.read_bytes())
    assert [model.name for model in find(home)] == ["llama3.2:3b"]


def test_an_ollama_model_in_several_blobs_is_left_out(home: Path) -> None:
    put_ollama(home / ".ollama/models")
    text = json.loads(manifest(f"sha256:{DIGEST}"))
    text["layers"].append(text["layers"][-1])
    put(home / ".ollama/models/manifests/registry.ollama.ai/library/llama3.2/3b", json.dumps(text))
    assert find(home) == []


def test_an_ollama_blob_that_is_no_gguf_is_left_out(home: Path) -> None:
    blob = put_ollama(home / ".ollama/models")
    blob.write_bytes(b"PK\x03\x04")
    assert find(home) == []


# GPT4All


@pytest.mark.parametrize("platform", PLATFORMS)
def test_gpt4all(home: Path, platform: str) -> None:
    file = put(home / GPT4ALL_DATA[platform] / "Llama-3.2-1B-Instruct-Q4_0.gguf")
    put(file.with_name("incomplete-Qwen3-8B-Q4_0.gguf"))
    put(file.with_name("gpt4all-gpt-4.rmodel"))
    assert find(home, platform) == [FoundModel(path=str(file), app="GPT4All", size=len(GGUF))]
    for other in PLATFORMS:
        assert other == platform or find(home, other) == []


@pytest.mark.parametrize(
    ("platform", "config"), [("linux", ".config"), ("darwin", ".config"), ("win32", "AppData/Roaming")]
)
def test_gpt4all_models_where_the_person_said(home: Path, tmp_path: Path, platform: str, config: str) -> None:
    file = put(tmp_path / "my models" / "a.gguf")
    settings = f"[General]\nfontSize=Small\nmodelPath={tmp_path}/my models/\n\n[network]\nisActive=false\n"
    put(home / config / "nomic.ai/GPT4All.ini", settings)
    assert paths(find(home, platform)) == [str(file)]


def test_folders_named_by_the_environment(home: Path, tmp_path: Path) -> None:
    unix = put(tmp_path / "xdg/nomic.ai/GPT4All/a.gguf")
    windows = put(tmp_path / "local/nomic.ai/GPT4All/a.gguf")
    environment = {"XDG_DATA_HOME": str(tmp_path / "xdg"), "LOCALAPPDATA": str(tmp_path / "local")}
    assert paths(find(home, "linux", environment)) == [str(unix)]
    assert paths(find(home, "win32", environment)) == [str(windows)]
    assert find(home, "darwin", environment) == []


# Jan


@pytest.mark.parametrize("platform", PLATFORMS)
def test_jan(home: Path, platform: str) -> None:
    file = put_jan(home / JAN_HOME[platform] / "data")
    assert find(home, platform) == [FoundModel(path=str(file), app="Jan", name="Qwen3-4B", size=len(GGUF))]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("where", ["home", "data", "old"])
def test_earlier_jan(home: Path, platform: str, where: str) -> None:
    data = {"home": "jan", "data": f"{JAN_HOME[platform]}/data", "old": f"{CONFIG[platform]}/Jan/data"}[where]
    simple = put(home / data / "models/llama3.2-1b/Llama-3.2-1B-Q4_K_M.gguf")
    hub = put(home / data / "models/huggingface.co/bartowski/Llama-GGUF/a-Q4_K_M.gguf")
    put(simple.with_name("model.json"), "{}")
    assert [(model.path, model.repository) for model in find(home, platform)] == [
        (str(hub), "bartowski/Llama-GGUF") if path == hub else (str(path), "") for path in (simple, hub)
    ]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("is_current", [True, False])
def test_jan_data_where_the_person_said(home: Path, tmp_path: Path, platform: str, is_current: bool) -> None:
    folder = JAN_HOME[platform] if is_current else f"{CONFIG[platform]}/Jan"
    first, second = put_jan(tmp_path / "disk"), put_jan(tmp_path / "other")
    put(home / folder / "settings.json", json.dumps({"data_folder": str(tmp_path / "disk")}))
    assert paths(find(home, platform)) == [str(first)]
    environment = {"JAN_DATA_FOLDER": str(tmp_path / "other")}
    assert sorted(paths(find(home, platform, environment))) == [str(first), str(second)]


def test_jan_uses_files_of_the_person_in_place(home: Path, tmp_path: Path) -> None:
    file = put(tmp_path / "it's mine: really" / "a.gguf")
    quoted = str(file).replace("'", "''")
    data = home / JAN_HOME["linux"] / "data"
    put(data / "llamacpp/models/owner/a/model.yml", f"# made by Jan\nmodel_path: '{quoted}'\nmodel_sha256: {DIGEST}\n")
    assert find(home) == [FoundModel(path=str(file), app="Jan", name="owner/a", size=len(GGUF), sha256=DIGEST)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0\0",
        "model_path:\n",
        "model_path: gone.gguf\n",
        "  model_path: llamacpp/models/Qwen3-4B-Q4_K_M/model.gguf\n",
        'model_path: "llamacpp\n',
        "model_path: 'a\0b.gguf'\n",
        "model_path: llamacpp/models/Qwen3-4B-Q4_K_M/mmproj.gguf\n",
        "model_path: part-00002-of-00002.gguf\n",
        "model_path: ../secret.gguf\n",
        "model_path: llamacpp/../../secret.gguf\n",
        f"model_path: {'x' * 5000}.gguf\n",
        "model_path: llamacpp/models/Qwen3-4B-Q4_K_M/model.gguf\nembedding: true\n",
    ],
)
def test_a_jan_note_that_names_no_chat_model_of_its_own(home: Path, text: str) -> None:
    data = home / JAN_HOME["linux"] / "data"
    put_jan(data, text)
    put(data / "part-00001-of-00002.gguf")
    put(data / "part-00002-of-00002.gguf")
    put(data.parent / "secret.gguf")
    assert find(home) == []


# The hub's cache


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_hubs_cache(home: Path, platform: str) -> None:
    link = put_cached(home / ".cache/huggingface/hub", "Q4_K_M/Llama-Q4_K_M.gguf")
    put(home / ".cache/huggingface/hub/datasets--a--b/snapshots/1/data.gguf")
    assert find(home, platform) == [
        FoundModel(
            path=str(link),
            app="Hugging Face",
            repository="bartowski/Llama-3.2-3B-Instruct-GGUF",
            size=len(GGUF),
            sha256=DIGEST,
        )
    ]


@pytest.mark.parametrize(
    ("variable", "below"),
    [
        ("HF_HUB_CACHE", ""),
        ("HUGGINGFACE_HUB_CACHE", ""),
        ("HF_HOME", "hub"),
        ("XDG_CACHE_HOME", "huggingface/hub"),
    ],
)
def test_the_hubs_cache_elsewhere(home: Path, tmp_path: Path, variable: str, below: str) -> None:
    link = put_cached(tmp_path / "disk" / below, "a.gguf")
    assert paths(find(home, environment={variable: str(tmp_path / "disk")})) == [str(link)]


def test_a_tilde_in_the_environment_is_this_home(home: Path) -> None:
    link = put_cached(home / "cache", "a.gguf")
    assert paths(find(home, environment={"HF_HUB_CACHE": "~/cache"})) == [str(link)]


def test_a_cache_without_links_tells_no_hash(home: Path) -> None:
    file = put(home / ".cache/huggingface/hub/models--gpt2/snapshots/1/a.gguf")
    assert find(home) == [FoundModel(path=str(file), app="Hugging Face", size=len(GGUF))]


def test_a_small_files_blob_has_no_sha256_for_a_name(home: Path) -> None:
    put_cached(home / ".cache/huggingface/hub", "a.gguf", blob="a" * 40)
    assert [model.sha256 for model in find(home)] == [""]


def test_a_file_of_two_commits_is_one_model(home: Path) -> None:
    cache = home / ".cache/huggingface/hub"
    first = put_cached(cache, "a.gguf", commit="1" * 40)
    put_cached(cache, "a.gguf", commit="2" * 40)
    assert paths(find(home)) == [str(first)]


def test_a_split_model_in_the_cache(home: Path) -> None:
    cache = home / ".cache/huggingface/hub"
    first = put_cached(cache, "a-00001-of-00002.gguf", blob=DIGEST)
    assert find(home) == []
    put_cached(cache, "a-00002-of-00002.gguf", blob=OTHER_DIGEST)
    found = find(home)
    assert paths(found) == [str(first)]
    assert (found[0].size, found[0].sha256) == (2 * len(GGUF), "")
