"""What the linker says of a missing library, as an error that names the package."""

import pytest

from desktop_app.domain.errors import ErrorCode
from desktop_app.services.words.installation import library_error


@pytest.mark.parametrize(
    ("words", "library", "package"),
    [
        ("libEGL.so.1: cannot open shared object file: No such file or directory", "libEGL.so.1", "libegl1"),
        ("/a/b.so: libX11-xcb.so.1: cannot open shared object file: No such file", "libX11-xcb.so.1", "libx11-xcb1"),
        ("libgcc_s.so.1: cannot open shared object file: No such file", "libgcc_s.so.1", "libgcc-s1"),
        ("libz.so.1: cannot open shared object file: No such file", "libz.so.1", "zlib1g"),
        ("libstdc++.so.6: cannot open shared object file: No such file", "libstdc++.so.6", "libstdc++6"),
    ],
)
def test_the_library_and_its_package(words: str, library: str, package: str) -> None:
    error = library_error(ImportError(words))
    assert error is not None
    assert error.code is ErrorCode.SYSTEM_LIBRARY_MISSING
    assert error.info.params == {"library": library, "package": package}


@pytest.mark.parametrize("words", ["No module named 'heron'", "libc.so.6: version `GLIBC_2.99' not found", ""])
def test_what_is_no_missing_library_is_none(words: str) -> None:
    assert library_error(ImportError(words)) is None


def test_the_linkers_words_are_found_in_what_an_error_came_of() -> None:
    linker = OSError("libxcb-cursor.so.0: cannot open shared object file: No such file or directory")
    frozen = OSError("Failed to load dynlib/dll 'platforms/libqxcb.so'.")
    frozen.__cause__ = linker
    error = library_error(frozen)
    assert error is not None
    assert error.info.params == {"library": "libxcb-cursor.so.0", "package": "libxcb-cursor0"}
