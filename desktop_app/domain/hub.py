"""The hub as values: repositories, the choices that each offers, and what a person may search for."""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from urllib.parse import quote, unquote, urlsplit

import msgspec

from desktop_app.domain.device_names import is_device
from desktop_app.domain.model_names import is_projector, split_file_name, split_part

_SEGMENT = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?"
_REPOSITORY = re.compile(rf"{_SEGMENT}/{_SEGMENT}")
_QUANTIZED = re.compile(rf"({_SEGMENT}/{_SEGMENT}):([A-Za-z0-9_.-]+)")
USUAL = ("Q4_K_M", "Q4_K_S", "Q4_K_XL", "UD-Q4_K_XL", "MXFP4", "Q4_0", "Q4_1", "IQ4_NL", "IQ4_XS", "Q5_K_M", "Q8_0")
"""Quantizations in the order in which they suit most people: four bits lose little and save much."""
HUB_HOSTS = ("huggingface.co", "www.huggingface.co", "hf.co")


class Sort(StrEnum):
    """How found repositories are ordered, best first."""

    TRENDING = "trending"
    DOWNLOADS = "downloads"
    LIKES = "likes"
    UPDATED = "updated"


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What to search for; `least` and `most` bound the parameters (0: no bound), `licence` is the hub's tag.

    The hub does not know what `fits` this computer: whoever asks leaves out what does not.
    """

    text: str = ""
    sort: Sort = Sort.TRENDING
    licence: str = ""
    least: int = 0
    most: int = 0
    fits: bool = False


class HubModel(msgspec.Struct, frozen=True, kw_only=True):
    """A repository as a search finds it; `updated` in seconds since 1970, `parameters` 0 where unknown."""

    repository: str
    downloads: int = 0
    updated: float = 0.0
    licence: str = ""
    gated: bool = False
    parameters: int = 0
    architecture: str = ""
    trained_context: int = 0


class HubFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a repository; `size` in bytes, `sha256` in hexadecimal, empty where the hub does not tell."""

    name: str
    size: int = 0
    sha256: str = ""


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One choice within a repository: a model in one quantization, in one file or in several parts."""

    name: str
    quantization: str
    files: tuple[HubFile, ...]

    @property
    def size(self) -> int:
        """The bytes of all parts."""
        return sum(file.size for file in self.files)


class HubRepository(HubModel, frozen=True, kw_only=True):
    """A repository with what can be downloaded from it, at the revision `commit`."""

    commit: str
    variants: tuple[Variant, ...] = ()
    languages: tuple[str, ...] = ()


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """What a person names: a repository, and perhaps a quantization, a file and a revision in it."""

    repository: str
    quantization: str = ""
    file: str = ""
    revision: str = ""


def is_repository(text: str) -> bool:
    """Return whether `text` has the form `owner/name`, without anything that a path could be made of."""
    return bool(_REPOSITORY.fullmatch(text)) and ".." not in text and "--" not in text


def parse_reference(text: str) -> Reference | None:
    """Understand a pasted link, `owner/name` or `owner/name:Q4_K_M`; None for anything else, such as words."""
    text = text.strip()
    if "://" in text or text.split("/")[0] in HUB_HOSTS:
        return _parse_link(text if "://" in text else f"https://{text}")
    quantized = _QUANTIZED.fullmatch(text)
    if quantized:
        repository, quantization = quantized.groups()
        return (
            Reference(repository=repository, quantization=quantization.upper()) if is_repository(repository) else None
        )
    return Reference(repository=text) if is_repository(text) else None


def reference_text(reference: Reference) -> str:
    """Return what `parse_reference` reads as `reference`."""
    if not reference.file:
        return f"{reference.repository}:{reference.quantization}" if reference.quantization else reference.repository
    revision = quote(reference.revision or "main", safe="")
    return f"https://{HUB_HOSTS[0]}/{reference.repository}/blob/{revision}/{quote(reference.file)}"


def _parse_link(link: str) -> Reference | None:
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or parts.hostname not in HUB_HOSTS:
        return None
    steps = [unquote(step) for step in parts.path.split("/") if step]
    if len(steps) < 2 or not is_repository("/".join(steps[:2])):
        return None
    repository = "/".join(steps[:2])
    if len(steps) < 5 or steps[2] not in ("blob", "resolve", "raw"):
        return Reference(repository=repository)
    return Reference(repository=repository, revision=steps[3], file="/".join(steps[4:]))


def variants_of(files: Iterable[HubFile]) -> tuple[Variant, ...]:
    """Group the GGUF files of a repository: split files as one, incomplete sets left out, small ones first."""
    groups: dict[tuple[str, str], dict[int, HubFile]] = {}
    wanted: dict[tuple[str, str], int] = {}
    for file in files:
        if not file.name.lower().endswith(".gguf") or is_projector(file.name) or not is_safe_name(file.name):
            continue
        part = split_part(file.name)
        number, count, stem = part if part is not None else (1, 1, file.name)
        key = (stem, file.name.rpartition("/")[0])
        groups.setdefault(key, {})[number] = file
        wanted[key] = count
    found = [_variant(parts) for key, parts in groups.items() if sorted(parts) == list(range(1, wanted[key] + 1))]
    return tuple(sorted(found, key=lambda variant: (variant.size, variant.name)))


def choose_variant(repository: HubRepository, wanted: Reference) -> Variant | None:
    """Return the choice that `wanted` names, or else the usual one: Q4_K_M, or what comes closest to it."""
    variants = repository.variants
    if wanted.file:
        return next((variant for variant in variants if any(file.name == wanted.file for file in variant.files)), None)
    if wanted.quantization:
        return next((variant for variant in variants if variant.quantization == wanted.quantization), None)
    place = usual_place([variant.quantization for variant in variants])
    if place is not None:
        return variants[place]
    return variants[len(variants) // 2] if variants else None


def usual_place(quantizations: Sequence[str]) -> int | None:
    """Return the index of the quantization that most people take, None where there is none that is usual."""
    return next((quantizations.index(each) for each in USUAL if each in quantizations), None)


def is_safe_name(name: str) -> bool:
    """Return whether a file's name within a repository can be a path below a folder, on every platform."""
    steps = name.split("/")
    return bool(name) and all(
        step not in ("", ".", "..")
        and not step.endswith((" ", "."))
        and not re.search(r'[\x00-\x1f<>:"\\|?*]', step)
        and not is_device(step)
        for step in steps
    )


def _variant(parts: dict[int, HubFile]) -> Variant:
    files = tuple(parts[number] for number in sorted(parts))
    name, quantization = split_file_name(files[0].name.rpartition("/")[2])
    return Variant(name=name, quantization=quantization, files=files)
