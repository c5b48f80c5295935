"""Reads the list of newer releases: over HTTPS alone, its signature checked before anything in it is looked at.

The signature (Ed25519) stands beside the list, in base64. Runs in the hub process.
"""

from huggingface_hub.utils import get_session

from desktop_app.domain.errors import DownloadError, ErrorCode, UpdateError
from desktop_app.domain.updates import Manifest, read_manifest
from desktop_app.sources.http import HEADERS, UPDATE, first_bytes, translated
from desktop_app.sources.signatures import check_signature

SIGNATURE_SUFFIX = ".sig"
MOST_BYTES = 256 * 1024
"""How large a list may be."""
SIGNATURE_BYTES = 1024


def read_update(address: str, key: str) -> Manifest:
    """Return the list at `address`, signed by `key` (64 hexadecimal digits).

    Raises UpdateError, and DownloadError where the person is offline.
    """
    try:
        with translated(UPDATE, "", has_token=False):
            content = _read(address, MOST_BYTES)
            signature = _read(address + SIGNATURE_SUFFIX, SIGNATURE_BYTES)
    except DownloadError as error:
        if error.code in (ErrorCode.DOWNLOAD_OFFLINE, ErrorCode.DOWNLOAD_TLS):
            raise
        raise UpdateError(ErrorCode.UPDATE_UNREACHABLE, error.info.detail) from error
    check_signature(content, signature, key)
    return read_manifest(content)


def _read(address: str, most: int) -> bytes:
    """Return what is at an address; raises UpdateError for more than `most` bytes."""
    with get_session().stream("GET", address, headers=HEADERS) as response:
        data = first_bytes(response, most + 1)
    if len(data) > most:
        raise UpdateError(ErrorCode.UPDATE_DAMAGED, f"more than {most} bytes")
    return data
