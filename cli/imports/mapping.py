"""The mapping file: how the columns of somebody's extract become the fields of a person."""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cli.imports.documents import read_document
from cli.imports.table import FileIsUnreadable

M = TypeVar("M", bound=BaseModel)
PersonField = Literal[
    "employee_no",
    "name",
    "hired_on",
    "left_on",
    "leave_reason",
    "manager",
    "manager_no",
    "unit",
    "entity",
    "job",
    "grade",
    "location",
    "fte",
    "country",
    "annual",
    "currency",
    "assigned_from",
    "paid_from",
]
REQUIRED: tuple[PersonField, ...] = (
    "employee_no",
    "name",
    "hired_on",
    "unit",
    "entity",
    "job",
    "grade",
    "country",
)


class PeopleMapping(BaseModel):
    """Columns are named as in the file's header; a field has a column, a constant or neither."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(default="extract", min_length=1, max_length=100)
    encoding: str | None = None
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    date_formats: tuple[str, ...] = ("%Y-%m-%d",)
    short_years_from: Annotated[int, Field(ge=1900, le=2000)] | None = None
    decimal_point: Literal[".", ","] = "."
    name_order: Literal["first_last", "last_first"] = "first_last"
    not_people: tuple[str, ...] = ()
    columns: dict[PersonField, str]
    constants: dict[PersonField, str] = Field(default_factory=dict)
    translate: dict[PersonField, dict[str, str]] = Field(default_factory=dict)


def read_mapping(path: Path) -> PeopleMapping:
    """The mapping, checked as far as that is possible without the file that it is for."""
    mapping = read_model(path, PeopleMapping)
    lacking = [f for f in REQUIRED if f not in mapping.columns and f not in mapping.constants]
    if lacking:
        raise FileIsUnreadable(f"{path.name} says nothing about {', '.join(lacking)}")
    if any("%y" in form for form in mapping.date_formats) and mapping.short_years_from is None:
        raise FileIsUnreadable(
            f"{path.name} reads years of two digits (%y), so it has to say short_years_from, "
            "the first of the hundred years in which they lie"
        )
    return mapping


def read_model(path: Path, model: type[M]) -> M:
    """The TOML or JSON file as that model; FileIsUnreadable says where it is wrong."""
    content = read_document(path)
    try:
        return model.model_validate(content)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise FileIsUnreadable(f"{path.name}, {where}: {first['msg']}") from problem
