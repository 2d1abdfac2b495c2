"""Whom a request is about, where neither path nor body says it directly."""

from fastapi import Request

from chassis.problems import invalid
from chassis.store import Store


async def asked_for(request: Request, store: Store) -> str | None:
    """The person whom the query names."""
    person = request.query_params.get("person")
    if not person:
        raise invalid([{"field": "person", "in": "query", "found": "nothing", "allowed": "an id"}])
    return person
