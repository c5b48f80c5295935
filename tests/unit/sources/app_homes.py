"""Homes of people who have other apps with models: their files, as each app lays them out."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from desktop_app.sources.apps import FoundModel, find_models

GGUF = b"GGUF\x03\x00\x00\x00 and more"
PLATFORMS = ("linux", "darwin", "win32")
DIGEST = "ab" * 32
OTHER_DIGEST = "cd" * 32
GPT4ALL_DATA = {
    "linux": ".local/share/nomic.ai/GPT4All",
    "darwin": "Library/Application Support/nomic.ai/GPT4All",
    "win32": "AppData/Local/nomic.ai/GPT4All",
}
JAN_HOME = {
    "linux": ".local/share/Jan",
    "darwin": "Library/Application Support/Jan",
    "win32": "AppData/Roaming/Jan",
}
CONFIG = {"linux": ".config", "darwin": "Library/Application Support", "win32": "AppData/Roaming"}


def put(file: Path, content: bytes | str = GGUF) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def find(home: Path, platform: str = "linux", environment: Mapping[str, str] | None = None) -> list[FoundModel]:
    return find_models(home, environment or {}, platform)


def paths(found: list[FoundModel]) -> list[str]:
    return [model.path for model in found]


def manifest(digest: str, media_type: str = "application/vnd.ollama.image.model") -> str:
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "digest": "", "size": 1},
            "layers": [
                {"mediaType": "application/vnd.ollama.image.license", "digest": f"sha256:{'0' * 64}", "size": 3},
                {"mediaType": media_type, "digest": digest, "size": len(GGUF)},
            ],
        }
    )


def put_ollama(models: Path, name: str = "registry.ollama.ai/library/llama3.2/3b", digest: str = DIGEST) -> Path:
    put(models / "manifests" / name, manifest(f"sha256:{digest}"))
    return put(models / "blobs" / f"sha256-{digest}")


def put_cached(cache: Path, name: str, blob: str = DIGEST, commit: str = "1" * 40) -> Path:
    repository = cache / "models--bartowski--Llama-3.2-3B-Instruct-GGUF"
    put(repository / "blobs" / blob)
    link = repository / "snapshots" / commit / name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(os.path.relpath(repository / "blobs" / blob, link.parent))
    return link


def put_jan(data: Path, text: str | None = None) -> Path:
    file = put(data / "llamacpp/models/Qwen3-4B-Q4_K_M/model.gguf")
    put(file.with_name("mmproj.gguf"))
    note = "model_path: llamacpp/models/Qwen3-4B-Q4_K_M/model.gguf\nname: Qwen3-4B\nsize_bytes: 16\n"
    put(file.with_name("model.yml"), note if text is None else text)
    return file
