"""The screens of the About page."""

from collections.abc import Callable
from functools import cache

from desktop_app.domain.backups import Backup, Reason
from desktop_app.domain.updates import Manifest, News, Standing, UpdateFile
from desktop_app.gui.about.page import AboutPage
from desktop_app.gui.models.card_text import read_card
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.support.notices import Part, parts_here

DETAILS = (
    ("Version", "0.1.0"),
    ("Built from", "7db5cf2a91be, 2026-11-26"),
    ("Runs", "from an installed copy"),
    ("System", "Linux-6.1.0-18-amd64-x86_64-with-glibc2.36"),
    ("Python", "3.11.7"),
    ("PySide6-Essentials", "6.11.2"),
    ("llama-cpp-python", "0.3.36"),
    ("Engine", "0.3.36-cpu-native"),
    ("Instructions", "SSE3 SSSE3 AVX AVX2 F16C FMA BMI2 AVX512 AVX512_VNNI AVX512_BF16 LLAMAFILE OPENMP REPACK"),
    ("Hardware", "Models run on the processor: this engine has no part for a graphics card."),
)
BACKUP = Backup(
    path="/home/ada/.local/share/inglenook/backups/inglenook-20261126-091500-before-0009.db",
    made_at=1_795_684_500.0,
    reason=Reason.MIGRATION,
    size=48_000_000,
)
CHANGES = """- Links open models: `inglenook://model/owner/name` shows one on the page of models.
- An About page with **all licences**, the way back to an earlier release, and updates.

More is on [its page](https://example.org/inglenook).
"""
FILES = tuple(
    UpdateFile(platform="linux-x86_64", name=name, size=size, sha256="0" * 64, url=f"https://example.org/{name}")
    for name, size in (
        ("inglenook_0.2.0_amd64.deb", 132_000_000),
        ("inglenook-starter_0.2.0_amd64.deb", 229_000_000),
        ("inglenook-0.2.0-linux-amd64.tar.xz", 131_000_000),
    )
)
MANIFEST = Manifest(
    version="0.2.0",
    date="2026-12-03",
    minimum="0.1.0",
    page="https://example.org/inglenook",
    changes=CHANGES,
    files=FILES,
)


@cache
def _parts() -> tuple[Part, ...]:
    """Read what the parts say of themselves, once for all pictures of them: it takes a third of a second."""
    return parts_here()


def page(window: MainWindow) -> AboutPage:
    about = window.about_page
    about.show_details(DETAILS)
    about.show_backups((), "")
    window.show_page("about")
    about.show_parts(_parts())
    return about


def about(window: MainWindow) -> None:
    page(window)


def about_parts(window: MainWindow) -> None:
    shown = page(window)
    shown.show_backups((BACKUP,), "/home/ada/.local/share/inglenook/inglenook.db")
    shown.show_source(is_there=False)
    shown.parts.choose("Qt")
    bar = shown.verticalScrollBar()
    bar.rangeChanged.connect(lambda _least, most: bar.setValue(most))


def about_search(window: MainWindow) -> None:
    about_parts(window)
    window.about_page.parts.search.setText("apache")


def about_update(window: MainWindow) -> None:
    shown = page(window)
    shown.show_agreed(True)
    shown.show_news(News(Standing.OLDER, MANIFEST, FILES), read_card(CHANGES), FILES[0])
    shown.updates.show_progress(FILES[0], 71_000_000)
    shown.ensureWidgetVisible(shown.updates)
    bar = shown.verticalScrollBar()
    bar.rangeChanged.connect(lambda _least, _most: bar.setValue(shown.updates.y()))


def about_update_offered(window: MainWindow) -> None:
    about_update(window)
    window.about_page.show_news(News(Standing.OLDER, MANIFEST, FILES), read_card(CHANGES), FILES[0])


def about_update_here(window: MainWindow) -> None:
    about_update(window)
    window.about_page.updates.show_arrived(f"/home/ada/.local/share/inglenook/updates/{FILES[0].name}")


def about_update_failed(window: MainWindow) -> None:
    about_update(window)
    window.about_page.show_news(News(Standing.NEWEST, MANIFEST), (), None)
    window.about_page.updates.show_error(
        "The list of updates is not signed by the makers of Inglenook, or did not arrive whole. "
        "Nothing was changed, and nothing of it is used. Try again later."
    )


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "about": about,
    "about-parts": about_parts,
    "about-search": about_search,
    "about-update": about_update,
    "about-update-offered": about_update_offered,
    "about-update-here": about_update_here,
    "about-update-failed": about_update_failed,
}
