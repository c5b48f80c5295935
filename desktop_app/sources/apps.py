"""Finds the models that other apps keep on this computer, to be used where they lie, without a second copy.

Nothing is written, and nothing is raised for what other apps left broken: what cannot be read is left out.
The layouts are those of the apps' own sources; each search names the file that it follows.
"""

import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from desktop_app.domain.gguf import MAGIC
from desktop_app.domain.hub import HUB_HOSTS, is_repository
from desktop_app.domain.model_names import is_model_name, part_names
from desktop_app.sources.app_places import (
    Places,
    gpt4all_folders,
    jan_folders,
    lm_studio_homes,
    read_bytes,
    read_lines,
    read_setting,
)
from desktop_app.sources.walk import Walk, identity_of, is_text, resolved, status_of

App = Literal["LM Studio", "Ollama", "GPT4All", "Jan", "Hugging Face"]

OLLAMA_SERVICE_MODELS = Path("/usr/share/ollama/.ollama/models")
"""Where Ollama's models are on Linux when its installer made it a service with a user of its own."""

_OLLAMA_HOSTS = ("registry.ollama.ai", "ollama.com")
_OLLAMA_MODEL_LAYER = "application/vnd.ollama.image.model"
_DIGEST = re.compile(r"sha256[:-]([0-9a-fA-F]{64})")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class FoundModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model of another app; `path` is its only file or the first of its parts, `size` the bytes of all of them.

    `name`, `repository` and `sha256` are empty where the app's data does not tell them; a split model
    has no `sha256`, for each part has its own.
    """

    path: str
    app: App
    name: str = ""
    repository: str = ""
    size: int
    sha256: str = ""


def find_models(home: Path, environment: Mapping[str, str], platform: str) -> list[FoundModel]:
    """Return the models of other apps, each real file once; `platform` is spelled as in sys.platform.

    Apps that note the hash of a file come first: where one app links to another's file, the entry
    that tells more is kept.
    """
    places = Places(home.absolute(), environment, platform)
    searches = (_search_ollama, _search_hugging_face, _search_lm_studio, _search_gpt4all, _search_jan)
    found: dict[object, FoundModel] = {}
    for search in searches:
        for model in search(places, Walk()):
            found.setdefault(identity_of(Path(model.path)), model)
    return list(found.values())


def _search_lm_studio(places: Places, walk: Walk) -> Iterator[FoundModel]:
    """LM Studio: `<home>/models/<publisher>/<repository>/<file>.gguf`.

    The layout is described in lmstudio.ai/docs (Import Models); the setting for another folder is read as in lms's
    modelsFolder.ts. Earlier versions kept their settings with the platform's.
    """
    homes = lm_studio_homes(places)
    starts = [home / "models" for home in homes]
    for folder in (*homes, places.config() / "LM Studio"):
        starts += places.absolute(read_setting(folder / "settings.json", "downloadsFolder"))
    for start in starts:
        for file in walk.files(start):
            if is_model_name(file.name):
                yield from _found(file, "LM Studio", repository=_lm_studio_repository(file.relative_to(start)))


def _lm_studio_repository(file: Path) -> str:
    """Return the repository that LM Studio's folders name; lms files what has none under 'imported-models'."""
    folders = file.parts[:-1]
    repository = "/".join(folders[:2])
    return repository if is_repository(repository) and folders[0] != "imported-models" else ""


def _search_gpt4all(places: Places, walk: Walk) -> Iterator[FoundModel]:
    """GPT4All: GGUF files in its data folder or in the one that was chosen.

    Its modellist.cpp skips unfinished downloads by their name.
    """
    for start in gpt4all_folders(places):
        for file in walk.files(start):
            if is_model_name(file.name) and not file.name.startswith("incomplete"):
                yield from _found(file, "GPT4All")


def _search_jan(places: Places, walk: Walk) -> Iterator[FoundModel]:
    """Jan: `llamacpp/models/<id>/model.yml` in its data folder, in earlier versions GGUF files below `models`.

    The notes are written by extensions/llamacpp-extension/src/index.ts.
    """
    for folder in jan_folders(places):
        for note in walk.files(folder / "llamacpp" / "models"):
            if note.name == "model.yml":
                yield from _jan_model(places, folder, note)
        for file in walk.files(folder / "models"):
            if is_model_name(file.name):
                yield from _found(file, "Jan", repository=_jan_repository(file.relative_to(folder / "models")))


def _jan_model(places: Places, folder: Path, note: Path) -> Iterator[FoundModel]:
    """Return the model of a note: a file below the data folder, or one that the person chose anywhere."""
    values = read_lines(note, ":")
    text = values.get("model_path", "")
    if not text or values.get("embedding") == "true":
        return
    file = next(iter(places.absolute(text)), folder / text)
    if not Path(text).is_absolute() and not _is_below(file, folder):
        return
    if not is_model_name(file.name):
        return
    name = values.get("name") or note.parent.relative_to(folder / "llamacpp" / "models").as_posix()
    yield from _found(file, "Jan", name=name, sha256=values.get("model_sha256", "").lower())


def _jan_repository(file: Path) -> str:
    """Return the repository of `huggingface.co/<owner>/<name>/<file>`."""
    repository = "/".join(file.parts[1:3])
    return repository if file.parts[0] in HUB_HOSTS and len(file.parts) > 3 and is_repository(repository) else ""


def _search_hugging_face(places: Places, walk: Walk) -> Iterator[FoundModel]:
    """The hub's cache: `models--<owner>--<name>/snapshots/<commit>/<file>`, links into `blobs` where links can be made.

    As in huggingface_hub's constants.py (where) and file_download.py (how); a large file's blob is
    called by its SHA-256. On every platform the cache is below ~/.cache.
    """
    caches = [
        *places.named("HF_HUB_CACHE"),
        *places.named("HUGGINGFACE_HUB_CACHE"),
        *places.named("HF_HOME", "hub"),
        *places.named("XDG_CACHE_HOME", "huggingface", "hub"),
        places.home / ".cache" / "huggingface" / "hub",
    ]
    for cache in caches:
        for folder in walk.entries(cache):
            if not folder.name.startswith("models--"):
                continue
            repository = folder.name.removeprefix("models--").replace("--", "/")
            for file in walk.files(folder / "snapshots"):
                if is_model_name(file.name):
                    yield from _found(
                        file,
                        "Hugging Face",
                        repository=repository if is_repository(repository) else "",
                        sha256=resolved(file).name,
                    )


class _Layer(msgspec.Struct, rename="camel"):
    media_type: str = ""
    digest: str = ""


class _Manifest(msgspec.Struct, rename="camel"):
    """A manifest, or a list of them for several runners, each given in place or by the digest of its blob."""

    layers: list[_Layer] | None = None
    manifests: "list[_Manifest] | None" = None
    runner: str = ""
    digest: str = ""


def _search_ollama(places: Places, walk: Walk) -> Iterator[FoundModel]:
    """Ollama: `manifests/<host>/<namespace>/<model>/<tag>` names blobs, in newer versions `manifests-v2`.

    As in manifest/paths.go, manifest/manifest.go and envconfig/config.go; docs/faq.md names the folder
    of the Linux service.
    """
    starts = [*places.named("OLLAMA_MODELS"), places.home / ".ollama" / "models"]
    if places.platform == "linux":
        starts.append(OLLAMA_SERVICE_MODELS)
    for models in starts:
        for root in (models / "manifests-v2", models / "manifests"):
            tags = [file for file in walk.files(root) if len(file.relative_to(root).parts) == 4]
            tags.sort(key=lambda tag: tag.name == "latest")  # another tag of the same file tells more
            for tag in tags:
                if _is_below(tag, models) or _is_below(tag, models / "blobs"):  # the blobs may be on another disk
                    yield from _ollama_model(models, _read_manifest(tag), tag.relative_to(root).parts)


def _ollama_model(models: Path, manifest: _Manifest, steps: tuple[str, ...]) -> Iterator[FoundModel]:
    """Return the model of a manifest, or of the first in a list that has a GGUF file, llama.cpp's before others."""
    host, namespace, model, tag = steps
    shown = (model,) if host in _OLLAMA_HOSTS and namespace == "library" else (namespace, model)
    name = "/".join(shown if host in _OLLAMA_HOSTS else (host, *shown)) + f":{tag}"
    repository = f"{namespace}/{model}"
    if host not in HUB_HOSTS or not is_repository(repository):
        repository = ""
    for blob in _ollama_blobs(models, manifest):
        found = list(_found(blob, "Ollama", name=name, repository=repository, sha256=blob.name[-64:].lower()))
        if found:
            yield from found
            return


def _ollama_blobs(models: Path, manifest: _Manifest) -> Iterator[Path]:
    """Return the blob with the model for each runner; a model in several blobs has lost its parts' names."""
    choices = sorted(manifest.manifests or [], key=lambda choice: choice.runner.lower() != "llamacpp")
    for choice in (manifest, *choices):
        note = _ollama_blob(models, choice.digest)
        layers = (_read_manifest(note) if note is not None else choice).layers or []
        digests = [layer.digest for layer in layers if layer.media_type == _OLLAMA_MODEL_LAYER]
        blob = _ollama_blob(models, digests[0]) if len(digests) == 1 else None
        if blob is not None:
            yield blob


def _ollama_blob(models: Path, digest: str) -> Path | None:
    """Return the blob that a digest names; None for anything else, such as a path that leads elsewhere."""
    match = _DIGEST.fullmatch(digest)
    return models / "blobs" / f"sha256-{match.group(1)}" if match else None


def _read_manifest(file: Path) -> _Manifest:
    try:
        return msgspec.json.decode(read_bytes(file), type=_Manifest)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return _Manifest()


def _found(file: Path, app: App, *, name: str = "", repository: str = "", sha256: str = "") -> Iterator[FoundModel]:
    """Return the model in a file, where all its parts are there and are GGUF."""
    sizes = []
    for part in part_names(file.name):
        size = _gguf_size(file.with_name(part))
        if size is None:
            return
        sizes.append(size)
    if not sizes or not is_text(f"{file}{name}"):
        return
    known = sha256 if len(sizes) == 1 and _SHA256.fullmatch(sha256) else ""
    yield FoundModel(path=str(file), app=app, name=name, repository=repository, size=sum(sizes), sha256=known)


def _gguf_size(file: Path) -> int | None:
    """Return the size of a GGUF file; None for anything else. A pipe is not opened, it would not answer."""
    status = status_of(file)
    if status is None or not stat.S_ISREG(status.st_mode):
        return None
    try:
        with file.open("rb") as stream:
            return status.st_size if stream.read(len(MAGIC)) == MAGIC else None
    except OSError:
        return None


def _is_below(file: Path, folder: Path) -> bool:
    return resolved(file).is_relative_to(resolved(folder))
