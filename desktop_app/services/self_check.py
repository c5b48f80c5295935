"""Tries for real what an installed copy needs: processes, the engine, templates, the hub's client, storage, files.

A frozen app can lack any part of itself without anybody noticing before it is used; so each check
does a small piece of real work, in a scratch folder, and asks nothing of the network.
"""

import base64
import json
import ssl
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import msgspec

from desktop_app.domain.errors import AppError, DownloadError, ErrorCode, UpdateError, error_from_info
from desktop_app.domain.hardware import PROCESSOR
from desktop_app.domain.hub import Query
from desktop_app.protocol.helper import TemplateMessage
from desktop_app.protocol.hub import Connect
from desktop_app.services.doctor import self_test
from desktop_app.services.hardware.builds import INSTALLED
from desktop_app.services.hardware.probe_process import Probes
from desktop_app.services.models.library import find_starter
from desktop_app.services.network.hub import HubLink
from desktop_app.services.requests.templates import Templates
from desktop_app.services.words.error_text import explain
from desktop_app.services.writing.spelling import Spelling
from desktop_app.settings.schema import Settings
from desktop_app.support.catalogue import Catalogue
from desktop_app.support.formats import listed, paragraph
from desktop_app.support.i18n import ENGLISH, LANGUAGES, _, catalogue_file, ngettext
from desktop_app.support.paths import Paths, resources

WAIT_SECONDS = 60.0
"""How long a process may take to start and answer."""
SIGNED_BY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
SIGNATURE = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
_FILES = {"icons": "*.svg", "personas": "*.md", "templates": "*.md", "models": "*.json"}
"""Folders of the resources, each with the files that it must have some of."""


_SYSTEMS_WITH_CERTIFICATES = ("win32", "darwin")


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """Something to try; `work` gets a scratch folder and returns what it saw, and raises where it does not work."""

    name: str
    work: Callable[[Path], str]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a check; `told` is what was seen, or what is wrong."""

    name: str
    ok: bool
    told: str


class CheckFailed(Exception):  # noqa: N818 - reads as what happened
    """What was tried does not work; the message says why, for people."""


def run_checks(checks: Sequence[Check]) -> Iterator[Outcome]:
    """Try one after the other, each in a folder of its own."""
    for check in checks:
        # Windows keeps a file that a scanner has open, which says nothing of the part that was tried
        with tempfile.TemporaryDirectory(prefix="inglenook-check-", ignore_cleanup_errors=True) as folder:
            yield _outcome(check, Path(folder))


def _outcome(check: Check, folder: Path) -> Outcome:
    try:
        return Outcome(name=check.name, ok=True, told=check.work(folder))
    except AppError as error:
        told = paragraph((explain(error.info).sentence, error.info.detail))
    except Exception as error:  # noqa: BLE001 - a part that is missing fails in any way; the others are tried all the same
        told = str(error) if isinstance(error, CheckFailed) else f"{type(error).__name__}: {error}"
    return Outcome(name=check.name, ok=False, told=told.strip())


def own_checks() -> list[Check]:
    """Return the checks that need no window."""
    return [
        Check(name=_("engine"), work=_engine),
        Check(name=_("starter model"), work=_starter),
        Check(name=_("chat templates"), work=_templates),
        Check(name=_("spelling"), work=_spelling),
        Check(name=_("hub client"), work=_hub),
        Check(name=_("certificates"), work=_certificates),
        Check(name=_("keyring"), work=_keyring),
        Check(name=_("migrations"), work=_migrations),
        Check(name=_("encryption"), work=_encryption),
        Check(name=_("signatures"), work=_signatures),
        Check(name=_("licences"), work=_licences),
        Check(name=_("resources"), work=_resources),
        Check(name=_("languages"), work=_languages),
    ]


def _engine(_folder: Path) -> str:
    """Load the engine that came with the app, in a process of its own."""
    found, error = Probes().ask(INSTALLED)
    if found is None:
        raise error_from_info(error) if error is not None else CheckFailed(_("The engine reported nothing."))
    variant = found.cpu_variant or PROCESSOR
    return f"{found.engine_version}, {variant}, {', '.join(device.name for device in found.devices)}"


def _signatures(_folder: Path) -> str:
    """Check the signature of a list of updates: the first example of RFC 8032, and a wrong one."""
    from desktop_app.sources.signatures import check_signature

    check_signature(b"", base64.b64encode(bytes.fromhex(SIGNATURE)), SIGNED_BY)
    try:
        check_signature(b"other", base64.b64encode(bytes.fromhex(SIGNATURE)), SIGNED_BY)
    except UpdateError:
        return _("a right one is accepted, a wrong one refused")
    raise CheckFailed(_("A wrong signature was accepted."))


def _licences(_folder: Path) -> str:
    """Read the list of the parts of others."""
    from desktop_app.support.notices import parts_here

    count = len(parts_here())
    if not count:
        raise CheckFailed(_("The list of components and licences is missing."))
    return ngettext("{count} component", "{count} components", count).format(count=count)


def _starter(folder: Path) -> str:
    """Let the starter model write a word, where it is part of this copy."""
    if find_starter() is None:
        return _("not part of this copy")
    test = self_test(Paths.below(folder), INSTALLED)
    if not test.ok:
        raise CheckFailed(test.message)
    seconds = f"{test.seconds:.2f}"
    return _("passed on {device}, {seconds} s").format(device=test.device, seconds=seconds)


def _templates(_folder: Path) -> str:
    """Let the helper process render a template."""
    source = "{% for turn in messages %}{{ turn.role | upper }}: {{ turn.content }}{% endfor %}"
    with _pool() as pool:
        templates = Templates(pool)
        try:
            rendered = templates.render(source, [TemplateMessage("user", "hello")], "", "").result(WAIT_SECONDS)
        finally:
            templates.close()
    if rendered != "USER: hello":
        raise CheckFailed(_("The template became “{text}”.").format(text=rendered))
    return _("rendered in a process of its own")


def _spelling(_folder: Path) -> str:
    """Let the helper process find dictionaries; on Linux and macOS the library and they are the system's, or missing."""
    if find_spec("enchant") is None:
        raise CheckFailed(_("The part that looks words up is missing."))
    with _pool() as pool:
        spelling = Spelling(pool, Settings())
        try:
            found = spelling.dictionaries().result(WAIT_SECONDS)
        finally:
            spelling.close()
    if not found.has_library and sys.platform == "win32":
        raise CheckFailed(_("The part that looks words up is missing."))
    if not found.has_library:
        return _("this system has no library for it")
    count = len(found.languages)
    return ngettext("{count} dictionary", "{count} dictionaries", count).format(count=count)


def _hub(_folder: Path) -> str:
    """Start the process that speaks with the hub, which has to keep the network out of it while offline."""
    with _pool() as pool:
        link = HubLink(pool, lambda: Connect(offline=True), lambda _use: None)
        try:
            link.search(Query(text="anything")).result(WAIT_SECONDS)
        except DownloadError as error:
            if error.info.code is not ErrorCode.DOWNLOAD_OFFLINE:
                raise
            return _("started, and stays offline when it is told to")
        finally:
            link.close()
    raise CheckFailed(_("The hub was asked although the app was offline."))


def _certificates(_folder: Path) -> str:
    """Find the certificates that connections are checked against; some systems keep, and are asked for, their own."""
    if sys.platform in _SYSTEMS_WITH_CERTIFICATES:
        return ssl.OPENSSL_VERSION
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    in_folder = any(Path(paths.capath).iterdir()) if paths.capath and Path(paths.capath).is_dir() else False
    if not context.cert_store_stats()["x509_ca"] and not in_folder:
        raise CheckFailed(_("No certificates are installed, so no server can be trusted; install “ca-certificates”."))
    return f"{ssl.OPENSSL_VERSION}, {paths.cafile or paths.capath}"


def _keyring(_folder: Path) -> str:
    """Find what keeps passwords on this system. Nothing is written: that might ask the person for a password."""
    import keyring
    from keyring.backends import SecretService, Windows, kwallet, macOS  # noqa: F401 - each must be there to be chosen

    chosen = keyring.get_keyring()
    return f"{type(chosen).__module__}.{type(chosen).__qualname__}"


def _migrations(folder: Path) -> str:
    from desktop_app.storage.revisions import NEWEST
    from desktop_app.storage.trial import run_every_migration

    reached = run_every_migration(folder)
    if reached != NEWEST:
        raise CheckFailed(_("The database came to revision {revision} only.").format(revision=reached or "-"))
    return _("all of them, to revision {revision}").format(revision=reached)


def _encryption(folder: Path) -> str:
    from desktop_app.storage.health import sqlite_version
    from desktop_app.storage.trial import encrypt_and_search

    return f"SQLCipher {encrypt_and_search(folder)}, SQLite {sqlite_version()}"


def _resources(_folder: Path) -> str:
    """Read the files that come with the app, some of each kind."""
    json.loads((resources() / "tokens.json").read_text(encoding="utf-8"))
    counts = {}
    for name, pattern in _FILES.items():
        files = list((resources() / name).rglob(pattern))
        if not files:
            raise CheckFailed(_("There is nothing in {folder}.").format(folder=resources() / name))
        counts[name] = sum(1 for file in files if file.read_bytes())
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _languages(_folder: Path) -> str:
    """Read every catalogue of translations."""
    others = [language for language in LANGUAGES if language != ENGLISH]
    lost = [LANGUAGES[language] for language in others if not catalogue_file(language).is_file()]
    if lost:
        raise CheckFailed(_("These languages are missing: {languages}.").format(languages=listed(lost)))
    for language in others:
        Catalogue(catalogue_file(language))
    count = len(LANGUAGES)
    return ngettext("{count} language", "{count} languages", count).format(count=count)


def _pool() -> Executor:
    return ThreadPoolExecutor(2, thread_name_prefix="io")
