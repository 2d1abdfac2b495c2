"""The same question to every service that runs, at once; who could not answer is named."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from cli.client import Client, NotYet, Refused
from cli.console import Failed, say

T = TypeVar("T")
PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Answers(Generic[T]):
    """What each service said, and why another said nothing."""

    found: Mapping[str, T]
    silent: Mapping[str, str]

    def tell_silence(self) -> None:
        for service, reason in self.silent.items():
            say(f"without {service}: {reason}")


def ask_all(
    client: Client, ask: Callable[[Client, str], T], services: Sequence[str] | None = None
) -> Answers[T]:
    """Asks each service, those that run unless named.  A service without such a route is left out.

    Failed when nobody answered, with the first reason.
    """
    names = list(services or client.running())
    if not names:
        raise Failed("no service runs; `./merit up` starts the platform.")
    patient = client.patient(min(PATIENCE_S, client.patience_s))
    found: dict[str, T] = {}
    asked_all = services is None
    silent = dict.fromkeys(client.stopped() if asked_all else (), "it does not run")
    problems: list[Failed] = []
    with ThreadPoolExecutor(len(names)) as pool:
        asked = {name: pool.submit(ask, patient, name) for name in names}
        for name, answer in asked.items():
            try:
                found[name] = answer.result()
            except Failed as problem:
                if isinstance(problem, Refused) and problem.status == 404:
                    continue
                silent[name] = _why(problem)
                problems.append(problem)
    if problems and not found:
        raise problems[0]
    return Answers(found, silent)


def ask_each(services: Sequence[str], ask: Callable[[str], T]) -> dict[str, T | Failed]:
    """What each of them answers, or why it did not."""

    def one(service: str) -> T | Failed:
        try:
            return ask(service)
        except Failed as problem:
            return problem

    with ThreadPoolExecutor(max(1, len(services))) as pool:
        return dict(zip(services, pool.map(one, services), strict=True))


def _why(problem: Failed) -> str:
    if isinstance(problem, NotYet):
        return str(problem.document.get("detail") or problem.document.get("title"))
    if isinstance(problem, Refused) and problem.status == 403:
        return f"not permitted (rule {problem.document.get('rule')!r})"
    return str(problem)
