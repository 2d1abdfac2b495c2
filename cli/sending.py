"""Sends what an import read to the services, and collects what they say about each row."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cli.client import Body, Client, Refused
from cli.imports.report import Outcome, Remark, Request

Tell = Callable[[int, int], None]
"""Hears how many of how many requests were answered."""


def send_all(client: Client, requests: Sequence[Request], tell: Tell) -> list[Outcome]:
    """One request after the other; a refused entry is an outcome, being denied ends the import."""
    found: list[Outcome] = []
    for number, request in enumerate(requests, start=1):
        found += send(client, request)
        tell(number, len(requests))
    return found


def registered_only(
    client: Client, requests: Sequence[Request]
) -> tuple[list[Request], list[Remark]]:
    """The requests that can be sent, and those about somebody whom people does not know.

    A service that has not heard of a person cannot tell whether it ever will: it would let each
    such row wait.
    """
    if not any(request.employee_no for request in requests):
        return list(requests), []
    known = {str(person["employee_no"]) for person in client.read_all("people", "/people")}
    fine, refused = [], []
    for request in requests:
        if request.employee_no is None or request.employee_no in known:
            fine.append(request)
        else:
            reason = "nobody of this number is registered"
            refused.append(Remark(request.row, "employee_no", request.employee_no, reason))
    return fine, refused


def send(client: Client, request: Request) -> list[Outcome]:
    try:
        answer = client.send(request.service, request.method, request.path, Body(request.body))
    except Refused as refusal:
        if refusal.status not in (404, 409, 422):
            raise
        return [Outcome(request.row, 0, request.rows, _refusal(request.row, refusal.document))]
    if "rows" in answer:
        return [_row(row) for row in answer["rows"]]
    return [Outcome(request.row, int(answer["events"]), request.rows)]


def _row(answer: Mapping[str, Any]) -> Outcome:
    """One row of an extract, as people answered it."""
    row = int(answer["row"])
    if answer["outcome"] == "refused":
        said = (str(answer["field"]), str(answer["found"]), str(answer["reason"]))
        return Outcome(row, refused=Remark(row, *said))
    notes = tuple(
        Remark(row, note["field"], note["found"], note["reason"]) for note in answer["noted"]
    )
    return Outcome(row, int(answer["events"]), noted=notes)


def _refusal(row: int, document: Mapping[str, Any]) -> Remark:
    for error in document.get("errors", ()):
        return Remark(row, str(error["field"]), str(error["found"]), str(error["allowed"]))
    return Remark(row, "row", str(document.get("detail", "")), str(document["title"]))
