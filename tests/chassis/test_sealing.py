"""Personal text under a person's key."""

import re
from base64 import b64encode

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from chassis.sealing import SEALED_PATTERN, PersonKey, is_sealed, key_id_of, seal, unseal

ANN = PersonKey("k-ann", bytes(range(32)))
BEN = PersonKey("k-ben", bytes(32))
NONCE = bytes(range(12))

# Published: whoever reads the history without this code needs to open these.
VECTORS = [
    ("", "\x01k-ann.AAECAwQFBgcICQoL4UjrQ9u67IGsJ8BGJ9RUgA=="),
    ("Ann Example", "\x01k-ann.AAECAwQFBgcICQoLBmy4O4Cdo3b9LfIiL13YtvqjnNe617UZzGbT"),
    ("Zoë – 安", "\x01k-ann.AAECAwQFBgcICQoLHW0VsOUHQoitpDkCrDrXlspbZm6odpbuLmqyaw=="),
]


@pytest.mark.parametrize(("plain", "sealed"), VECTORS)
def test_sealed_text_is_the_published_one(plain: str, sealed: str) -> None:
    assert seal(plain, ANN, NONCE) == sealed
    assert unseal(sealed, ANN) == plain


@given(st.text().filter(lambda text: not is_sealed(text)), st.binary(min_size=12, max_size=12))
def test_every_text_comes_back_and_looks_sealed(plain: str, nonce: bytes) -> None:
    sealed = seal(plain, ANN, nonce)
    assert re.fullmatch(SEALED_PATTERN, sealed)
    assert is_sealed(sealed)
    assert key_id_of(sealed) == ANN.id
    assert unseal(sealed, ANN) == plain


def test_another_persons_key_opens_nothing() -> None:
    with pytest.raises(InvalidTag):
        unseal(seal("hello", ANN, NONCE), BEN)


def test_a_sealed_text_cannot_be_moved_to_another_key_id() -> None:
    moved = seal("hello", ANN, NONCE).replace("k-ann", "k-bob")
    with pytest.raises(InvalidTag):
        unseal(moved, PersonKey("k-bob", ANN.secret))


def test_an_altered_text_opens_nothing() -> None:
    sealed = seal("hello", ANN, NONCE)
    altered = f"\x01{ANN.id}.{b64encode(NONCE + bytes(21)).decode()}"
    assert len(altered) == len(sealed)
    with pytest.raises(InvalidTag):
        unseal(altered, ANN)


def test_a_sealed_text_is_never_sealed_again() -> None:
    with pytest.raises(AssertionError):
        seal(seal("hello", ANN, NONCE), ANN, NONCE)


def test_a_key_does_not_show_its_secret() -> None:
    assert "x00" not in repr(BEN)
