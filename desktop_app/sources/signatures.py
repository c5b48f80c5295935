"""Checks who signed something (Ed25519)."""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from desktop_app.domain.errors import ErrorCode, UpdateError


def check_signature(content: bytes, signature: bytes, key: str) -> None:
    """Raise UpdateError UPDATE_SIGNATURE unless `signature`, in base64, is that of `content` by `key` (hexadecimal)."""
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(base64.b64decode(signature.strip(), validate=True), content)
    except (InvalidSignature, ValueError, binascii.Error) as error:
        raise UpdateError(ErrorCode.UPDATE_SIGNATURE, type(error).__name__) from error
