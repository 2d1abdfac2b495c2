"""Wiring of the feedback service."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chassis.service import Service, run
from feedback.api import capture, router
from feedback.consumed import CONSUMERS
from feedback.domain.errors import FeedbackRuleBroken
from feedback.domain.events import STORED
from feedback.policy import POLICY
from feedback.projections.checkins import CHECK_INS
from feedback.projections.given import GIVEN
from feedback.projections.notes import NOTES


def shows(held: frozenset[str], name: str, data: Mapping[str, Any]) -> bool:
    """A history never shows notes, and to others nothing that was for the receiver alone."""
    match name:
        case "feedback.NoteWritten" | "feedback.NoteRemoved":
            return False
        case "feedback.FeedbackGiven":
            return "own" in held or data["visibility"] == "receiver_and_manager"
        case "feedback.FeedbackWithdrawn":
            return "own" in held
        case _:
            return True


SERVICE = Service(
    name="feedback",
    events=STORED,
    rule_broken=FeedbackRuleBroken,
    policy=POLICY,
    routers=[capture, router],
    consumers=[*CONSUMERS, CHECK_INS, GIVEN, NOTES],
    migrations=Path(__file__).parents[1] / "migrations",
    unpublished=frozenset({"note"}),
    shows=shows,
)

if __name__ == "__main__":
    run(SERVICE)
