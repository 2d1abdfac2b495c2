"""The load of `bench capture`: a process of its own, with as little work per request as can be.

Told on stdin what to send where; answers on stdout which streams were accepted, in how long.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any, cast

import uvloop

_WARM_UP_S = 0.5


@dataclass
class Burst:
    """What one slice sends; each client asks again as soon as it is answered."""

    port: int
    path: str
    name: str
    tokens: list[str]
    persons: list[str]
    clients: int
    seconds: float
    accepted: list[str] = field(default_factory=list)
    other: dict[str, int] = field(default_factory=dict)
    sent: int = 0
    measured: int = 0
    counting: bool = False
    going_on: bool = True

    def request(self, client: int) -> bytes:
        self.sent += 1
        person = self.persons[self.sent % len(self.persons)]
        text = (
            f"{self.name} {self.sent}: the hand-over was calm, complete and on the day it was due"
        )
        body = json.dumps({"person": person, "text": text, "tags": ["hand-over"]}).encode()
        token = self.tokens[client % len(self.tokens)]
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
            f"Idempotency-Key: {self.name}-{self.sent}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def answered(self, status: bytes, body: bytes) -> None:
        if status == b"200":
            self.accepted.append(json.loads(body)["feedback"])
            self.measured += self.counting
        else:
            self.other[status.decode()] = self.other.get(status.decode(), 0) + 1


class Client(asyncio.Protocol):
    """One connection that is kept; HTTP as our server speaks it, no more."""

    def __init__(self, burst: Burst, number: int, done: asyncio.Future[None]) -> None:
        self._burst, self._number, self._done = burst, number, done
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        if self._burst.going_on:
            self._transport.write(self._burst.request(self._number))
        else:
            self._transport.close()
            self._done.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(body) < int(length):
            return
        self._received = b""
        self._burst.answered(head[9:12], body)
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionError("the server hung up"))


async def run(burst: Burst) -> dict[str, Any]:
    """What is accepted while the warm-up runs is read back as well, but not counted."""
    loop = asyncio.get_running_loop()
    done = [loop.create_future() for _ in range(burst.clients)]
    for number, future in enumerate(done):
        await loop.create_connection(
            lambda n=number, f=future: Client(burst, n, f),  # type: ignore[misc]  # mypy cannot infer defaults
            "127.0.0.1",
            burst.port,
        )
    await asyncio.sleep(_WARM_UP_S)
    burst.counting, began = True, time.perf_counter()
    await asyncio.sleep(burst.seconds)
    burst.counting, seconds = False, time.perf_counter() - began
    burst.going_on = False
    await asyncio.gather(*done)
    return {
        "accepted": burst.accepted,
        "measured": burst.measured,
        "other": burst.other,
        "seconds": seconds,
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(run(Burst(**json.load(sys.stdin))))))
