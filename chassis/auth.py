"""Who is asking: bearer tokens, signed locally with a key in the installation's home."""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

ISSUER = "merit-local"
AUDIENCE = "merit"
SYSTEM = "system:"
_ALGORITHM = "Ed25519"
_REMEMBERED = 5_000

Verify = Callable[[str, datetime], str]
"""The actor of a token at an instant.  Raises TokenRefused."""


class TokenRefused(Exception):
    """The token is not ours, was altered, or has expired."""


def issue_token(home: Path, actor: str, at: datetime, ttl: timedelta = timedelta(hours=8)) -> str:
    """A token that says who the bearer is, and nothing about what they may do."""
    if actor.startswith(SYSTEM):
        raise TokenRefused("system actors work inside their service and get no token")
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": actor,
        "iat": int(at.timestamp()),
        "exp": int((at + ttl).timestamp()),
    }
    return jwt.encode({"alg": _ALGORITHM}, claims, _token_key(home), algorithms=[_ALGORITHM])


def local_verifier(home: Path) -> Verify:
    """Verifies the tokens of `issue_token`; expiry runs on the clock that the caller reads."""
    key = _token_key(home)

    # A caller comes with the same token again and again; a signature stays what it is.
    @lru_cache(maxsize=_REMEMBERED)
    def signed(token: str) -> Mapping[str, object]:
        return jwt.decode(token, key, algorithms=[_ALGORITHM]).claims

    def verify(token: str, at: datetime) -> str:
        try:
            claims = signed(token)
        except (JoseError, ValueError) as error:
            raise TokenRefused("the token cannot be verified") from error
        return _actor(claims, at)

    return verify


def _actor(claims: Mapping[str, object], at: datetime) -> str:
    actor, expires = claims.get("sub"), claims.get("exp")
    if claims.get("iss") != ISSUER or claims.get("aud") != AUDIENCE:
        raise TokenRefused("the token was made for somebody else")
    if not isinstance(actor, str) or not actor or actor.startswith(SYSTEM):
        raise TokenRefused("the token names no person")
    if not isinstance(expires, int) or at.timestamp() >= expires:
        raise TokenRefused("the token has expired")
    return actor


def shared_secret(file: Path, make: Callable[[], bytes]) -> bytes:
    """The file's contents, made by the first process that asks: whole, and for its owner only."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(make())
                stream.flush()
                os.fsync(stream.fileno())
            # A link is made or it fails; a rename would replace the key that another just made.
            with suppress(FileExistsError):
                os.link(draft, file)
        finally:
            draft.unlink()
    return file.read_bytes()


@cache
def _token_key(home: Path) -> OKPKey:
    return OKPKey.import_key(json.loads(shared_secret(home / "token-key.json", _new_key)))


def _new_key() -> bytes:
    return json.dumps(OKPKey.generate_key("Ed25519").as_dict(private=True)).encode()
