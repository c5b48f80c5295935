"""References to the hub as people paste them, and the files of a repository as choices."""

import pytest

from desktop_app.domain.hub import (
    HubFile,
    HubRepository,
    Reference,
    choose_variant,
    is_safe_name,
    parse_reference,
    variants_of,
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Qwen/Qwen3-8B-GGUF", Reference(repository="Qwen/Qwen3-8B-GGUF")),
        ("  Qwen/Qwen3-8B-GGUF:q4_k_m ", Reference(repository="Qwen/Qwen3-8B-GGUF", quantization="Q4_K_M")),
        ("https://huggingface.co/Qwen/Qwen3-8B-GGUF", Reference(repository="Qwen/Qwen3-8B-GGUF")),
        ("huggingface.co/Qwen/Qwen3-8B-GGUF/tree/main", Reference(repository="Qwen/Qwen3-8B-GGUF")),
        ("hf.co/a/b?download=true", Reference(repository="a/b")),
        (
            "https://huggingface.co/a/b/resolve/main/sub/x%20y.gguf?download=true",
            Reference(repository="a/b", file="sub/x y.gguf", revision="main"),
        ),
        (
            "https://huggingface.co/a/b/blob/abc123/x.gguf",
            Reference(repository="a/b", file="x.gguf", revision="abc123"),
        ),
    ],
)
def test_what_is_pasted_is_understood(text: str, meant: Reference) -> None:
    assert parse_reference(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "small model for code",
        "qwen3",
        "../../etc/passwd",
        "a/..",
        "a/b/c",
        "a--b/c",
        "https://example.org/a/b",
        "https://huggingface.co.example.org/a/b",
        "ftp://huggingface.co/a/b",
        "https://huggingface.co/spaces",
        "https://huggingface.co/../../x",
        "https://[broken",
        "-a/b",
        "a/b:",
    ],
)
def test_anything_else_is_words_to_search_for(text: str) -> None:
    assert parse_reference(text) is None


def test_split_files_are_one_choice_and_incomplete_ones_none() -> None:
    files = [
        HubFile(name="big-Q8_0-00002-of-00002.gguf", size=20),
        HubFile(name="big-Q8_0-00001-of-00002.gguf", size=30),
        HubFile(name="big-Q4_K_M-00001-of-00003.gguf", size=9),
        HubFile(name="sub/big-Q4_0.gguf", size=7),
        HubFile(name="big-mmproj-f16.gguf", size=1),
        HubFile(name="README.md", size=1),
        HubFile(name="../big-Q2_K.gguf", size=1),
    ]
    small, large = variants_of(files)
    assert (small.quantization, small.size, small.name) == ("Q4_0", 7, "big")
    assert (large.quantization, large.size) == ("Q8_0", 50)
    assert [file.name for file in large.files] == ["big-Q8_0-00001-of-00002.gguf", "big-Q8_0-00002-of-00002.gguf"]


def test_the_same_name_in_two_folders_is_two_choices() -> None:
    files = [HubFile(name=f"{folder}/m-Q8_0-0000{n}-of-00002.gguf", size=n) for folder in "ab" for n in (1, 2)]
    assert len(variants_of(files)) == 2


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/x",
        "../x",
        "a/../x",
        "a//x",
        "a\\x",
        "C:x",
        "x.",
        "a /x",
        "x\n",
        "nul\0",
        "a/./x",
        "aux.gguf",
        "Q4/NUL.gguf",
        "com1",
    ],
)
def test_names_that_lead_elsewhere_are_unsafe(name: str) -> None:
    assert not is_safe_name(name)


def test_usual_names_are_safe() -> None:
    assert is_safe_name("UD-Q4_K_XL/Qwen3-8B (1).gguf")
    assert is_safe_name("Modell 家.gguf")
    assert is_safe_name("console-com10.gguf")


def test_the_usual_choice_is_four_bits_and_a_named_one_is_kept_to() -> None:
    names = ("M-F16.gguf", "M-Q4_K_M.gguf", "M-Q8_0.gguf", "M-IQ1_S.gguf")
    variants = variants_of(HubFile(name=name, size=len(name)) for name in names)
    repository = HubRepository(repository="a/b", commit="c", variants=variants)

    def chosen(**wanted: str) -> str:
        variant = choose_variant(repository, Reference(repository="a/b", **wanted))
        return variant.files[0].name if variant else ""

    assert chosen() == "M-Q4_K_M.gguf"
    assert chosen(quantization="Q8_0") == "M-Q8_0.gguf"
    assert chosen(file="M-F16.gguf") == "M-F16.gguf"
    assert chosen(quantization="Q2_K") == chosen(file="x.gguf") == ""
    assert choose_variant(HubRepository(repository="a/b", commit="c"), Reference(repository="a/b")) is None
