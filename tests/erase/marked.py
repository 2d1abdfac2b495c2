"""A year in which every free text is one of a kind, and every service holds one about a person."""

import hashlib
from dataclasses import dataclass
from typing import Any

from cli.demo import paying
from cli.demo.appraising import CYCLE
from cli.demo.world import World

# What people may write freely; codes and identifiers have other names.
FREE = {"name", "title", "note", "comment", "reason", "text", "agreed_points"}


@dataclass
class MarkedWorld(World):
    """The demo's world, with a mark behind each text, and two detours of one person, `about`.

    Their award is returned and calculated again, their payroll line rejected, each with a reason.
    """

    about: str = ""
    analyst: str = ""

    async def send(
        self,
        actor: str,
        service: str,
        path: str,
        body: object = None,
        *,
        method: str = "POST",
        again: object = "",
        **params: object,
    ) -> Any:
        if path == f"/cycles/{CYCLE}/commit":
            self.analyst = actor
        if path == "/awards/approve" and not self.about:
            await self._detour(actor, params.get("after"))
        if path.endswith("/acknowledgements") and isinstance(body, dict):
            body = {"answers": await self._rejecting(actor, path, body["answers"])}
        content = marked(body, f"{actor} {path}")
        return await super().send(
            actor, service, path, content, method=method, again=again, **params
        )

    async def _detour(self, approver: str, after: object) -> None:
        rows = await self.read_all(approver, "compensation", "/awards", cycle=CYCLE, after=after)
        analyst = self.analyst
        row = next(
            r for r in rows if r["bonus"]["minor"] and r["person"] not in (approver, analyst)
        )
        self.about, award = row["person"], f"/awards/{row['award']}"
        done = await self.send(
            approver, "compensation", f"{award}/return", {"reason": "Too much, it seems"}
        )
        again = {"reason": "Asked to look at it again"}
        done = await self.send(analyst, "compensation", f"{award}/recalculate", again)
        await paying.every(self, analyst, f"/cycles/{CYCLE}/commit", {}, after=done["after"])

    async def _rejecting(
        self, actor: str, path: str, answers: list[dict[str, str]]
    ) -> list[dict[str, str]]:
        lines_path = path.replace("/acknowledgements", "/lines")
        rows = await self.read_all(actor, "payroll", lines_path)
        theirs = {row["line"] for row in rows if row["person"] == self.about}
        rejected = {"status": "rejected", "reason": "No such account"}
        return [
            {"line": answer["line"], **rejected} if answer["line"] in theirs else answer
            for answer in answers
        ]


def marked(value: object, where: str) -> object:
    """The same with each free text made unique; the same again when it is said again."""
    if isinstance(value, list):
        return [marked(part, f"{where} {n}") for n, part in enumerate(value)]
    if not isinstance(value, dict):
        return value
    return {name: _marked(name, part, f"{where} {name}") for name, part in value.items()}


def _marked(name: str, value: object, where: str) -> object:
    if name in FREE and isinstance(value, str) and value:
        return f"{value} {hashlib.sha256(f'{where} {value}'.encode()).hexdigest()[:12]}"
    return marked(value, where)
