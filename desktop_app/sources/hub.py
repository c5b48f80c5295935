"""Questions to the hub: search, what a repository offers, its card, the start of a file.

Runs in the hub process. Every method raises DownloadError.
"""

import re
from collections.abc import Iterator
from itertools import islice

from huggingface_hub import HfApi, hf_hub_url
from huggingface_hub.hf_api import ModelInfo
from huggingface_hub.utils import build_hf_headers, get_session
from msgspec.structs import asdict

from desktop_app.domain.errors import DownloadError, ErrorCode
from desktop_app.domain.gguf import START_BYTES
from desktop_app.domain.hub import HubFile, HubModel, HubRepository, Query, Sort, is_repository, variants_of
from desktop_app.sources.http import USER_AGENT, first_bytes, translated

CARD_BYTES = 1024 * 1024
_SORTS = {
    Sort.TRENDING: "trending_score",
    Sort.DOWNLOADS: "downloads",
    Sort.LIKES: "likes",
    Sort.UPDATED: "last_modified",
}
_FIELDS = ["downloads", "lastModified", "gated", "tags", "gguf"]
_HEAD = re.compile(r"\A\s*---\s*\n.*?\n---\s*(\n|\Z)", re.DOTALL)


class Hub:
    """The hub at one address, for one person."""

    def __init__(self, endpoint: str, token: str) -> None:
        """`endpoint` empty means what HF_ENDPOINT says, or the hub itself; `token` empty means none."""
        self.token = token
        self._api = HfApi(
            endpoint=endpoint.rstrip("/") or None,
            token=token or False,
            library_name=USER_AGENT,
        )

    def search(self, query: Query) -> Iterator[HubModel]:
        """Return the repositories with GGUF files that match, best first, asking page by page as they are taken."""
        filters = ["gguf", *([f"license:{query.licence}"] if query.licence else [])]
        found = self._api.list_models(
            search=query.text.strip() or None,
            filter=filters,
            num_parameters=_bounds(query.least, query.most),
            sort=_SORTS[query.sort],  # type: ignore[arg-type]
            expand=_FIELDS,  # type: ignore[arg-type]
        )
        return map(_model, found)

    def take(self, found: Iterator[HubModel], count: int) -> tuple[HubModel, ...]:
        """Return the next `count` of a search."""
        with translated("search", "", has_token=bool(self.token)):
            return tuple(islice(found, count))

    def repository(self, repository: str, revision: str) -> HubRepository:
        """Return what `repository` offers at `revision` (empty: its main branch)."""
        _check(repository)
        with translated("repository", repository, has_token=bool(self.token)):
            info = self._api.model_info(repository, revision=revision or None, files_metadata=True)
        files = [
            HubFile(name=file.rfilename, size=file.size or 0, sha256=file.lfs.sha256 if file.lfs else "")
            for file in info.siblings or []
        ]
        return HubRepository(
            **asdict(_model(info)),
            commit=info.sha or "",
            variants=variants_of(files),
            languages=tuple(tag for tag in info.tags or [] if re.fullmatch(r"[a-z]{2,3}", tag)),
        )

    def card(self, repository: str) -> str:
        """Return a repository's card as Markdown, without its YAML head; empty where there is none."""
        _check(repository)
        try:
            text = self._read(repository, "main", "README.md", CARD_BYTES, "card").decode("utf-8", errors="replace")
        except DownloadError as error:
            if error.code is ErrorCode.DOWNLOAD_NOT_FOUND:
                return ""
            raise
        return _HEAD.sub("", text)

    def start(self, repository: str, commit: str, file: str) -> bytes:
        """Return the first bytes of a file, at most START_BYTES of them."""
        _check(repository)
        return self._read(repository, commit, file, START_BYTES, "model figures")

    def address(self, repository: str, commit: str, file: str) -> str:
        """Return where a file is to be had."""
        return hf_hub_url(repository, file, revision=commit or None, endpoint=self._api.endpoint)

    def headers(self) -> dict[str, str]:
        """Return the headers of a request for a file; they hold the token, so they are never logged."""
        headers: dict[str, str] = build_hf_headers(token=self.token or False, library_name=USER_AGENT)
        return {**headers, "Accept-Encoding": "identity"}  # so that bytes counted are bytes of the file

    def _read(self, repository: str, commit: str, file: str, most: int, for_what: str) -> bytes:
        """Read at most `most` bytes from the start, and no more where a server ignores the range."""
        with translated(for_what, repository, has_token=bool(self.token)):
            headers = {**self.headers(), "Range": f"bytes=0-{most - 1}"}
            with get_session().stream("GET", self.address(repository, commit, file), headers=headers) as response:
                if response.status_code == 416:  # an empty file
                    return b""
                return first_bytes(response, most)


def _model(info: ModelInfo) -> HubModel:
    tags = info.tags or []
    figures = info.gguf or {}
    return HubModel(
        repository=info.id,
        downloads=info.downloads or 0,
        updated=info.last_modified.timestamp() if info.last_modified else 0.0,
        licence=next((tag.removeprefix("license:") for tag in tags if tag.startswith("license:")), ""),
        gated=bool(info.gated),
        parameters=_number(figures.get("total")),
        architecture=str(figures.get("architecture") or ""),
        trained_context=_number(figures.get("context_length")),
    )


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) and value > 0 else 0


def _bounds(least: int, most: int) -> str | None:
    parts = [f"min:{least}"] * bool(least) + [f"max:{most}"] * bool(most)
    return ",".join(parts) or None


def _check(repository: str) -> None:
    if not is_repository(repository):
        raise DownloadError(ErrorCode.DOWNLOAD_BAD_NAME, name=repository)
