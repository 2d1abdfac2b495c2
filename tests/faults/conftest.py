"""Each fault case has a `fault` to count with; its rows reach the table at the end of the run."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import discard
from tests.faults.report import PROPERTY, Fault


@pytest.fixture
def fault(request: pytest.FixtureRequest) -> Fault:
    case = request.node.name.removeprefix("test_").replace("_", " ")
    made = Fault(case, long=request.config.getoption("--long"))
    request.node.user_properties.append((PROPERTY, made.rows))
    return made


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """For servers of a module's own, which its tests stop and start; gone afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MERIT_KAFKA", raising=False)
        patch.delenv("MERIT_POSTGRES", raising=False)
        made = Path(tempfile.mkdtemp(prefix="merit-faults-"))
        try:
            yield made
        finally:
            discard(made)
