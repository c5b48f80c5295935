"""Links to models, good and hostile, and what an argument of the command line asks to open."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from desktop_app.domain.errors import ErrorCode, LinkError
from desktop_app.domain.hub import Reference, is_repository, is_safe_name, parse_reference, reference_text
from desktop_app.domain.openings import (
    LONGEST_LINK,
    OpenFile,
    OpenFiles,
    Opening,
    OpenLink,
    is_opening,
    opening_of,
    read_link,
)


@pytest.mark.parametrize(
    ("link", "meant"),
    [
        ("inglenook://model/Qwen/Qwen3-8B-GGUF", Reference(repository="Qwen/Qwen3-8B-GGUF")),
        ("INGLENOOK://model/a/b", Reference(repository="a/b")),
        ("inglenook://model/a/b/x-Q4_K_M.gguf", Reference(repository="a/b", file="x-Q4_K_M.gguf")),
        ("inglenook://model/a/b/sub/x%20y.gguf", Reference(repository="a/b", file="sub/x y.gguf")),
        ("inglenook://model/a/b/%E5%AE%B6.gguf", Reference(repository="a/b", file="家.gguf")),
    ],
)
def test_a_link_names_a_model(link: str, meant: Reference) -> None:
    assert read_link(link) == meant
    found = parse_reference(reference_text(meant))
    assert found is not None
    assert (found.repository, found.file) == (meant.repository, meant.file)


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("inglenook://model/a/" + "b" * LONGEST_LINK, ErrorCode.LINK_TOO_LONG),
        ("https://model/a/b", ErrorCode.LINK_SCHEME),
        ("javascript:alert(1)", ErrorCode.LINK_SCHEME),
        ("file:///etc/passwd", ErrorCode.LINK_SCHEME),
        ("a/b", ErrorCode.LINK_SCHEME),
        ("inglenookx://model/a/b", ErrorCode.LINK_SCHEME),
        (" inglenook://model/a/b", ErrorCode.LINK_SCHEME),
        ("inglenook:", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/b\n", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/b\0.gguf", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/b\u202efugg.", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/b c", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a\\b/c", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/b;rm -rf", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/$(id)", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/b?download=1", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/b#x", ErrorCode.LINK_CHARACTERS),
        ("inglenook://user@model/a/b", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/家", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/b%", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/b%0", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/b%zz", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/b%00.gguf", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/b%0a", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/b/x%E2%80%AE.gguf", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/b/%ff.gguf", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/b%2fc", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/b%5cc", ErrorCode.LINK_CHARACTERS),
        ("inglenook://model/a/%252e%252e", ErrorCode.LINK_CHARACTERS),
        ("inglenook://", ErrorCode.LINK_FORM),
        ("inglenook:model/a/b", ErrorCode.LINK_FORM),
        ("inglenook:///model/a/b", ErrorCode.LINK_FORM),
        ("inglenook://model//a/b", ErrorCode.LINK_FORM),
        ("inglenook://model:80/a/b", ErrorCode.LINK_FORM),
        ("inglenook://models/a/b", ErrorCode.LINK_FORM),
        ("inglenook://run/a/b", ErrorCode.LINK_FORM),
        ("inglenook://model", ErrorCode.LINK_FORM),
        ("inglenook://model/a", ErrorCode.LINK_FORM),
        ("inglenook://model/../b", ErrorCode.LINK_FORM),
        ("inglenook://model/a/..", ErrorCode.LINK_FORM),
        ("inglenook://model/a/%2e%2e", ErrorCode.LINK_FORM),
        ("inglenook://model/-a/b", ErrorCode.LINK_FORM),
        ("inglenook://model/a/b/", ErrorCode.LINK_FORM),
        ("inglenook://model/a/b/../x.gguf", ErrorCode.LINK_FORM),
        ("inglenook://model/a/b/%2e%2e/x.gguf", ErrorCode.LINK_FORM),
        ("inglenook://model/a/b/C:/x.gguf", ErrorCode.LINK_FORM),
        ("inglenook://model/a/b/x.exe", ErrorCode.LINK_FORM),
        ("inglenook://model/a/b/x.gguf/y", ErrorCode.LINK_FORM),
    ],
)
def test_anything_else_is_refused(link: str, code: ErrorCode) -> None:
    with pytest.raises(LinkError) as refused:
        read_link(link)
    assert refused.value.code is code
    shown = str(refused.value.info.params["link"])
    assert shown.isprintable()
    assert len(shown) <= 61


@given(
    st.text(max_size=80),
    st.sampled_from(("", "inglenook:", "inglenook://", "inglenook://model/", "inglenook://model/a/b/")),
)
def test_whatever_comes_is_read_or_refused(text: str, start: str) -> None:
    with suppress(LinkError):
        read_link(start + text)


NAMES = st.from_regex("[aB1][aB1_.-]{0,3}", fullmatch=True)


@given(
    NAMES,
    NAMES,
    st.sampled_from(("", "/x.gguf", "/%41.gguf", "/s/x.gguf", "/../x.gguf", "/C:x.gguf", "/%2e%2e/x.gguf")),
)
def test_what_is_read_is_a_repository_and_a_safe_name(owner: str, name: str, file: str) -> None:
    try:
        reference = read_link(f"inglenook://model/{owner}/{name}{file}")
    except LinkError:
        reject()
    assert is_repository(reference.repository)
    assert not reference.file or is_safe_name(reference.file)


@pytest.mark.parametrize(
    ("argument", "opening"),
    [
        ("x.gguf", OpenFile("/here/x.gguf")),
        ("/there/x.GGUF", OpenFile("/there/x.GGUF")),
        ("file:///there/x%20%E5%AE%B6.gguf", OpenFile("/there/x 家.gguf")),
        ("file://localhost/there/x.gguf", OpenFile("/there/x.gguf")),
        ("file://elsewhere/x.gguf", OpenFile("/here/file:/elsewhere/x.gguf")),
        ("inglenook://model/a/b", OpenLink("inglenook://model/a/b")),
        ("Inglenook:nonsense", OpenLink("Inglenook:nonsense")),
        ("notes.md", OpenFiles(("/here/notes.md",))),
        ("./README", OpenFiles(("/here/README",))),
        ("/there/src/", OpenFiles(("/there/src",))),
        ("C:\\x\\notes", OpenFiles(("/here/C:\\x\\notes",))),
        ("file:///there/a%20b.txt", OpenFiles(("/there/a b.txt",))),
        ("file:///there/ask", OpenFiles(("/there/ask",))),
    ],
)
def test_what_an_argument_opens(argument: str, opening: Opening) -> None:
    assert is_opening(argument)
    assert opening_of([argument], Path("/here")) == opening


@pytest.mark.parametrize(
    ("arguments", "opening"),
    [
        (("a.txt", "/there/b.pdf"), OpenFiles(("/here/a.txt", "/there/b.pdf"))),
        (("a.gguf", "b.gguf"), OpenFiles(("/here/a.gguf", "/here/b.gguf"))),
        (("a.txt", "inglenook://model/a/b"), OpenLink("inglenook://model/a/b")),
    ],
)
def test_several_are_opened_together_and_a_link_alone(arguments: tuple[str, ...], opening: Opening) -> None:
    assert opening_of(arguments, Path("/here")) == opening


@pytest.mark.parametrize(
    "argument",
    ["ask", "--help", "--quick", "-h", "--file=./x.txt", "models", "https://huggingface.co/a/b", "inglenook", "README"],
)
def test_commands_are_nothing_to_open(argument: str) -> None:
    assert not is_opening(argument)


def test_of_an_endless_link_no_more_is_kept_than_shows_that_it_is_too_long() -> None:
    opening = opening_of(["inglenook:" + "a" * 100_000], Path())
    assert isinstance(opening, OpenLink)
    assert len(opening.link) == LONGEST_LINK + 1
    with pytest.raises(LinkError):
        read_link(opening.link)
