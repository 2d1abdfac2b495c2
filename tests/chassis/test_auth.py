"""Bearer tokens and the files that hold secrets."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from chassis.auth import AUDIENCE, ISSUER, TokenRefused, issue_token, local_verifier, shared_secret

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_token_says_who_the_bearer_is(tmp_path: Path) -> None:
    token = issue_token(tmp_path, "ann", NOON, HOUR)
    assert local_verifier(tmp_path)(token, NOON + HOUR - timedelta(seconds=1)) == "ann"


def test_a_token_expires_by_the_clock_that_is_given(tmp_path: Path) -> None:
    token = issue_token(tmp_path, "ann", NOON, HOUR)
    with pytest.raises(TokenRefused, match="expired"):
        local_verifier(tmp_path)(token, NOON + HOUR)


def test_a_token_expires_however_often_it_was_good(tmp_path: Path) -> None:
    token, verify = issue_token(tmp_path, "ann", NOON, HOUR), local_verifier(tmp_path)
    assert [verify(token, NOON) for _ in range(2)] == ["ann", "ann"]
    with pytest.raises(TokenRefused, match="expired"):
        verify(token, NOON + HOUR)


@pytest.mark.parametrize("token", ["", "a.b.c", "€.€.€", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."])
def test_what_is_no_token_of_ours_is_refused(tmp_path: Path, token: str) -> None:
    with pytest.raises(TokenRefused):
        local_verifier(tmp_path)(token, NOON)


def test_an_altered_token_is_refused(tmp_path: Path) -> None:
    head, _, signature = issue_token(tmp_path, "ann", NOON).split(".")
    _, claims, _ = issue_token(tmp_path, "ben", NOON).split(".")
    with pytest.raises(TokenRefused):
        local_verifier(tmp_path)(f"{head}.{claims}.{signature}", NOON)


def test_another_installations_token_is_refused(tmp_path: Path) -> None:
    token = issue_token(tmp_path / "theirs", "ann", NOON)
    with pytest.raises(TokenRefused):
        local_verifier(tmp_path / "ours")(token, NOON)


@pytest.mark.parametrize(
    "changed",
    [
        {"sub": "system:goals"},
        {"sub": ""},
        {"sub": 7},
        {"iss": "somebody"},
        {"aud": "payroll"},
        {"exp": None},
        {"exp": "never"},
    ],
)
def test_our_key_alone_makes_no_token(tmp_path: Path, changed: dict[str, object]) -> None:
    good = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "exp": int((NOON + HOUR).timestamp())}
    verify = local_verifier(tmp_path)
    key = OKPKey.import_key(json.loads((tmp_path / "token-key.json").read_bytes()))
    tokens = [
        jwt.encode({"alg": "Ed25519"}, claims, key, algorithms=["Ed25519"])
        for claims in (good, good | changed)
    ]
    assert verify(tokens[0], NOON) == "ann"
    with pytest.raises(TokenRefused):
        verify(tokens[1], NOON)


def test_a_system_actor_gets_no_token(tmp_path: Path) -> None:
    with pytest.raises(TokenRefused):
        issue_token(tmp_path, "system:goals", NOON)


def test_a_secret_is_its_owners_only_and_stays(tmp_path: Path) -> None:
    file = tmp_path / "home" / "secret"
    assert shared_secret(file, lambda: b"first") == b"first"
    assert shared_secret(file, lambda: b"second") == b"first"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_all_who_start_at_once_get_one_secret(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    with ThreadPoolExecutor(16) as threads:
        made = [
            threads.submit(shared_secret, file, lambda n=n: bytes([n]) * 64)  # type: ignore[misc]
            for n in range(64)
        ]
    assert {each.result() for each in made} == {file.read_bytes()}
