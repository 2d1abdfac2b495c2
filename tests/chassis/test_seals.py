"""Merkle roots and seals: published test vectors."""

import hashlib
from uuid import UUID

from chassis.seals import Seal, leaf, merkle_root


def test_a_leaf_is_the_hash_of_place_and_event() -> None:
    found = leaf(7, UUID(int=1).bytes, 2, bytes(32))
    expected = b"\x00" + (7).to_bytes(8, "big") + bytes(15) + b"\x01" + bytes(3) + b"\x02"
    assert found == hashlib.sha256(expected + bytes(32)).digest()


def test_roots_of_one_two_and_three_leaves() -> None:
    a, b, c = (hashlib.sha256(letter).digest() for letter in (b"a", b"b", b"c"))
    ab = hashlib.sha256(b"\x01" + a + b).digest()
    assert merkle_root(a) == a
    assert merkle_root(a + b) == ab
    assert merkle_root(a + b + c) == hashlib.sha256(b"\x01" + ab + c).digest()
    assert merkle_root(b + a) != ab


def test_a_seals_body_names_everything_that_it_vouches_for() -> None:
    seal = Seal(2, 10, 20, 9, b"\x01", b"\x02")
    assert seal.body("goals") == b"merit seal v1\ngoals\n2\n10\n20\n9\n01\n02"
