"""Many awards in one request: each row is decided for itself and answered for itself.

A request works on at most `limit` awards and says how many remain and where the `next` one starts.
Sent again it does nothing twice: each row has an idempotency key made from the request's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from chassis import metrics
from chassis.calls import Call, nobody, permits
from chassis.execute import TooManyConflicts, execute
from chassis.problems import sentence
from chassis.store import Answer, Context
from chassis.tokens import after_token, fresh
from compensation.api.bodies import CycleSelectionBody, SelectionBody
from compensation.domain import award
from compensation.domain.commands import ApproveAward, AwardCommand, CommunicateAward
from compensation.domain.errors import CompensationRuleBroken
from compensation.domain.terms import AwardId
from compensation.projections.award_facts import ref_of
from compensation.projections.awards import AWARDS

router = APIRouter(tags=["awards in bulk"])

Row = dict[str, Any]


@dataclass
class Bulk:
    """What came of each row, and the newest position that the rows reached."""

    call: Call
    results: list[Row] = field(default_factory=list)
    last: Answer | None = None

    def context(self, purpose: str) -> Context:
        return replace(self.call.context, key=f"{self.call.context.key}:{purpose}")

    def reached(self, answer: Answer) -> None:
        if self.last is None or answer.position >= self.last.position:
            self.last = answer

    async def each(
        self, rows: Sequence[Row], done: str, command: Callable[[AwardId], AwardCommand]
    ) -> None:
        """One command for each award; a broken rule is that row's result, and the rest goes on."""
        for row in rows:
            asked = command(AwardId(row["award"]))
            result = {"award": row["award"], "person": row["person"], "outcome": done}
            ref = ref_of(row["award"], row["person"])
            outcome = "refused"
            try:
                context = self.context(row["award"])
                answer = await execute(self.call.store, award, ref, asked, context)
                self.reached(answer)
                outcome = "accepted" if answer.events else "unchanged"
            except CompensationRuleBroken as broken:
                result |= {"outcome": "refused", "rule": sentence(type(broken))}
                result |= {"detail": str(broken)}
            except TooManyConflicts:
                outcome = "conflict"
                result |= {"outcome": "refused", "rule": "Others are writing the same"}
            metrics.command(self.call.store.service, self.call.action, outcome)
            self.results.append(result)

    def answer(self, remaining: int) -> dict[str, Any]:
        after = after_token(self.call.store.service, self.last) if self.last else None
        following = self.results[-1]["award"] if remaining else None
        told = {"results": self.results, "remaining": remaining, "next": following}
        return told | {"after": after}


async def selected(
    call: Call, cycle: str, chosen: SelectionBody, statuses: Sequence[str]
) -> tuple[list[Row], int]:
    """The chosen awards that the actor may act on, at most `limit`, and how many are left over.

    Named awards are taken in any status, so that the answer can say what is wrong with each.
    """
    rows = await call.fetch(
        """SELECT award, person, status FROM award
           WHERE cycle = $1 AND person = ANY ($2)
             AND ($3::text IS NULL OR entity = $3)
             AND ($6::text IS NULL OR award > $6)
             AND CASE WHEN $4::text[] IS NULL THEN status = ANY ($5) ELSE award = ANY ($4) END
           ORDER BY award""",
        cycle,
        await call.visible(),
        chosen.entity,
        None if chosen.awards is None else list(chosen.awards),
        list(statuses),
        chosen.start_after,
    )
    return rows[: chosen.limit], max(len(rows) - chosen.limit, 0)


@router.post("/awards/approve", dependencies=[Depends(fresh(AWARDS))])
async def approve_awards(
    body: CycleSelectionBody, call: Annotated[Call, Depends(permits("approve_award", nobody))]
) -> dict[str, Any]:
    """Approve every committed award of a cycle, of an entity, or those named."""
    rows, remaining = await selected(call, body.cycle, body, ["committed"])
    bulk = Bulk(call)
    await bulk.each(
        rows, "approved", lambda award_id: ApproveAward(award_id, None, call.actor, call.at)
    )
    return bulk.answer(remaining)


@router.post("/awards/communicate", dependencies=[Depends(fresh(AWARDS))])
async def communicate_awards(
    body: CycleSelectionBody,
    call: Annotated[Call, Depends(permits("communicate_award", nobody))],
) -> dict[str, Any]:
    """Communicate every approved or released award of a cycle, of an entity, or those named."""
    rows, remaining = await selected(call, body.cycle, body, ["approved", "released"])
    bulk = Bulk(call)
    await bulk.each(
        rows, "communicated", lambda award_id: CommunicateAward(award_id, call.actor, call.at)
    )
    return bulk.answer(remaining)
