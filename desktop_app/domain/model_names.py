"""What a GGUF file's name tells: the model's name and its quantization."""

import re

_QUANTIZATION = re.compile(r"(?i)(?:^|[._-])((?:UD-)?(?:I?Q[0-9](?:_[0-9A-Z]+)*|TQ[0-9]_[0-9]|MXFP4|BF16|F16|F32))$")
_SPLIT = re.compile(r"-(\d{5})-of-(\d{5})$")


def split_file_name(file_name: str) -> tuple[str, str]:
    """Return (name, quantization) for a file's name; the quantization is empty where none is named.

    The form follows the GGUF naming convention (BaseName-SizeLabel-FineTune-Version-Encoding.gguf)
    and the spellings in use beside it.
    """
    stem = _SPLIT.sub("", re.sub(r"(?i)\.gguf$", "", file_name))
    match = _QUANTIZATION.search(stem)
    quantization = match.group(1).upper() if match else ""
    name = stem[: match.start()] if match else stem
    return re.sub(r"[-_\s\x00-\x1f\x7f]+", " ", name).strip() or stem, quantization


def split_part(file_name: str) -> tuple[int, int, str] | None:
    """Return (number, count, stem) for one part of a split file, counted from 1; None for any other file.

    The form is that of llama.cpp's gguf-split: `stem-00001-of-00003.gguf`.
    """
    match = _SPLIT.search(re.sub(r"(?i)\.gguf$", "", file_name))
    return (int(match.group(1)), int(match.group(2)), file_name[: match.start()]) if match else None


def is_projector(file_name: str) -> bool:
    """Return whether a GGUF file is the image or audio half of a model, which cannot chat by itself."""
    return "mmproj" in file_name.lower()


def is_model_name(file_name: str) -> bool:
    """Return whether a file stands for a model by its name: a GGUF file, whole or the first part, and no projector."""
    split = split_part(file_name)
    return file_name.lower().endswith(".gguf") and not is_projector(file_name) and (split is None or split[0] == 1)


def part_names(file_name: str) -> list[str]:
    """Return the names of all parts of the model that a file belongs to, in order; of a whole file, its own."""
    split = split_part(file_name)
    if split is None:
        return [file_name]
    _, count, stem = split
    ending = file_name[len(stem) + len("-00001-of-00001") :]
    return [f"{stem}-{number:05}-of-{count:05}{ending}" for number in range(1, count + 1)]


def numbered(file_name: str, number: int) -> str:
    """Return another name for the same model, still with its quantization and part: `Name-2-Q4_K_M-00001-of-00002.gguf`."""
    ending = re.search(r"(?i)(?:-\d{5}-of-\d{5})?(?:\.gguf)?$", file_name)
    assert ending is not None  # it may be empty
    stem = file_name[: ending.start()]
    quantization = _QUANTIZATION.search(stem)
    place = quantization.start() if quantization else len(stem)
    return f"{stem[:place]}-{number}{file_name[place:]}"
