"""What an order for a batch may say: a cut-off is an instant with its zone, or a whole day."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from payroll.api.batches import OrderBody


def body(cut_off: str) -> OrderBody:
    return OrderBody.model_validate(
        {
            "entity": "US01",
            "pay_group": "monthly",
            "period_start": "2027-01-01",
            "period_end": "2027-01-31",
            "cut_off": cut_off,
        }
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-12-08T00:00:00Z", datetime(2026, 12, 8, tzinfo=UTC)),
        ("2026-12-08T01:00:00+01:00", datetime(2026, 12, 8, tzinfo=UTC)),
        ("2026-12-08T13:30:00Z", datetime(2026, 12, 8, 13, 30, tzinfo=UTC)),
        ("2026-12-08", datetime(2026, 12, 8, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_midnight_is_an_instant_and_a_day_has_its_whole_end(said: str, meant: datetime) -> None:
    assert body(said).order().cut_off == meant


@pytest.mark.parametrize("said", ["2026-12-08T00:00:00", "2026-12-08T13:30:00", "soon"])
def test_an_instant_without_a_zone_is_refused(said: str) -> None:
    with pytest.raises(ValidationError, match="cut_off"):
        body(said)
