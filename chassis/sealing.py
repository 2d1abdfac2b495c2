"""Personal text under a key of the person's own, as one string that JSON can carry.

A sealed text is U+0001, the key's id, a full stop, and base64 of nonce and AES-256-GCM ciphertext.
The key's id is authenticated with the text, so one person's text cannot pass as another's.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MARK = "\x01"
SEALED_PATTERN = "^\x01[A-Za-z0-9_-]+\\.[A-Za-z0-9+/]+={0,2}$"
NONCE_BYTES = 12
ERASED = "[erased]"


@dataclass(frozen=True, slots=True)
class PersonKey:
    """A key of 32 bytes, and the name it goes by inside sealed texts."""

    id: str
    secret: bytes = field(repr=False)


def is_sealed(text: str) -> bool:
    """Whether the text was sealed: plain text never starts so, the edge refuses it."""
    return text.startswith(MARK)


def key_id_of(sealed: str) -> str:
    """The id of the key that opens a sealed text."""
    return sealed[1 : sealed.index(".")]


def seal(plain: str, key: PersonKey, nonce: bytes) -> str:
    """The text, sealed.  A nonce is 12 random bytes and serves once."""
    assert not is_sealed(plain), "a sealed text is copied, never sealed again"
    assert len(nonce) == NONCE_BYTES
    cipher = AESGCM(key.secret).encrypt(nonce, plain.encode(), key.id.encode())
    return f"{MARK}{key.id}.{b64encode(nonce + cipher).decode()}"


def unseal(sealed: str, key: PersonKey) -> str:
    """The plain text.  Raises cryptography's InvalidTag if key or text is not the original."""
    raw = b64decode(sealed[sealed.index(".") + 1 :], validate=True)
    opened = AESGCM(key.secret).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], key.id.encode())
    return opened.decode()
