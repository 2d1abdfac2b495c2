"""The shipped examples are accepted by the services that they are for: shape and rules."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from appraisal.domain.events import SchemeContent
from appraisal.domain.scheme import check_scheme
from cli.imports.company import JOBS
from cli.imports.files import READERS
from cli.imports.mapping import read_mapping
from cli.imports.report import Request
from compensation.api.bodies import MatrixBody, PlanBody, PoolBody, RangeBody
from compensation.domain import bonusplan, matrix
from compensation.domain.commands import DefineBonusPlan, DefineMatrix
from goals.api.objectives import ObjectiveBody
from payroll.api.setup import PayeeBody, WageTypesBody
from people.api.jobs import JobBody

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def requests(kind: str, file: str) -> tuple[Request, ...]:
    return READERS[kind](EXAMPLES / file).requests


@pytest.mark.parametrize(
    ("kind", "file", "body"),
    [
        ("jobs", "jobs.toml", JobBody),
        ("jobs", "hr-extract.jobs.toml", JobBody),
        ("objectives", "objectives.toml", ObjectiveBody),
        ("ranges", "ranges.csv", RangeBody),
        ("pools", "pools.toml", PoolBody),
    ],
)
def test_every_entry_has_the_shape_that_the_service_takes(
    kind: str, file: str, body: type[JobBody | ObjectiveBody | RangeBody | PoolBody]
) -> None:
    for request in requests(kind, file):
        body.model_validate(request.body)


def test_the_shipped_matrix_is_one_that_can_be_defined() -> None:
    (request,) = requests("matrix", "matrix.toml")
    content = MatrixBody.model_validate(request.body).content()
    assert matrix.decide(matrix.INITIAL, DefineMatrix("m", content, "ann", NOON))


def test_the_shipped_bonus_plan_is_one_that_can_be_defined() -> None:
    (request,) = requests("plans", "plans.toml")
    content = PlanBody.model_validate(request.body).content()
    assert bonusplan.decide(bonusplan.INITIAL, DefineBonusPlan("p", content, "ann", NOON))


def test_ratings_of_the_scheme_are_those_of_matrix_and_bonus_plan() -> None:
    (scheme,) = requests("schemes", "schemes.toml")
    (grid,) = requests("matrix", "matrix.toml")
    (plan,) = requests("plans", "plans.toml")
    given = {
        band.rating for band in TypeAdapter(SchemeContent).validate_python(scheme.body).ratings
    }
    assert given == {cell.rating for cell in MatrixBody.model_validate(grid.body).cells}
    assert given == {factor.rating for factor in PlanBody.model_validate(plan.body).individual}


def test_the_shipped_scheme_is_one_that_can_be_defined() -> None:
    (request,) = requests("schemes", "schemes.toml")
    check_scheme(TypeAdapter(SchemeContent).validate_python(request.body))


def test_the_shipped_payroll_map_fits_payroll() -> None:
    for request in requests("payroll-map", "payroll-map.csv"):
        body = WageTypesBody if request.path.startswith("/wage-types/") else PayeeBody
        body.model_validate(request.body)


@pytest.mark.parametrize(
    ("mapping", "jobs"),
    [("hr-extract.mapping.toml", "hr-extract.jobs.toml"), ("company.mapping.toml", "jobs.toml")],
)
def test_every_job_of_a_shipped_extract_is_described(mapping: str, jobs: str) -> None:
    described = {request.path.rsplit("/", 1)[1] for request in requests("jobs", jobs)}
    wanted = read_mapping(EXAMPLES / mapping).translate.get("job", {}).values() or JOBS
    assert set(wanted) == described
