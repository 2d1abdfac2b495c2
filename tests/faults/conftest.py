"""Each fault case has a `fault` to count with; its rows reach the table at the end of the run."""

import pytest

from tests.faults.report import PROPERTY, Fault


@pytest.fixture
def fault(request: pytest.FixtureRequest) -> Fault:
    case = request.node.name.removeprefix("test_").replace("_", " ")
    made = Fault(case, long=request.config.getoption("--long"))
    request.node.user_properties.append((PROPERTY, made.rows))
    return made
