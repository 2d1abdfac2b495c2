"""`merit erase`: one administrator proposes, another confirms."""

import pytest

from tests.cli.fakes import BO, FakePlatform, recorded


@pytest.fixture
def platform() -> FakePlatform:
    found = FakePlatform()
    for step in ("propose", "confirm"):
        found.on("people", f"POST /people/{BO}/erasure/{step}", recorded())
    return found


def test_a_proposal_says_how_it_is_confirmed(platform: FakePlatform) -> None:
    done = platform.run("erase", "1002", "--reason", "retention_ended")
    assert f"./merit erase {BO} --confirm --as" in done.stdout
    [sent] = platform.commands()
    assert (sent.path, sent.body) == (
        f"/people/{BO}/erasure/propose",
        {"reason": "retention_ended"},
    )
    assert sent.actor == "admin-1"


def test_on_its_own_it_is_both_administrators(platform: FakePlatform) -> None:
    done = platform.run("erase", "1002", "--yes")
    assert done.stdout.startswith(f"{BO} is erased")
    assert [(sent.path.rsplit("/", 1)[1], sent.actor) for sent in platform.commands()] == [
        ("propose", "admin-1"),
        ("confirm", "admin-2"),
    ]


def test_it_asks_before_it_is_both(platform: FakePlatform) -> None:
    done = platform.run("erase", "1002")
    assert done.exit_code == 1
    assert "for good?" in done.stdout
    assert platform.commands() == []


def test_a_second_administrator_confirms(platform: FakePlatform) -> None:
    done = platform.run("erase", "Bo Lee", "--confirm", "--as", "admin-2")
    assert done.stdout.startswith(f"{BO} is erased")
    [sent] = platform.commands()
    assert (sent.path, sent.body, sent.actor) == (
        f"/people/{BO}/erasure/confirm",
        None,
        "admin-2",
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as", "admin-2"), "say --reason REASON"),
        (("--reason", "retention_ended", "--confirm"), "say --reason REASON"),
        (("--confirm",), "say who confirms"),
    ],
)
def test_half_a_command_asks_for_the_rest(
    platform: FakePlatform, words: tuple[str, ...], said: str
) -> None:
    assert said in str(platform.run("erase", "1002", *words).exception)
    assert platform.commands() == []
