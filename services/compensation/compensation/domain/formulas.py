"""Every formula that this service has, by its number in the register: what an analyst can ask."""

from collections.abc import Callable, Mapping

from compensation.domain.bonus import multiplicative_bonus
from compensation.domain.increase import circled, new_pay
from compensation.domain.matrix import cell_for
from compensation.domain.position import compa_ratio, range_penetration
from compensation.domain.proration import proration

FORMULAS: Mapping[str, Callable[..., object]] = {
    "F27": compa_ratio,
    "F28": range_penetration,
    "F40": circled,
    "F41": cell_for,
    "F45": new_pay,
    "F46": proration,
    "F49": multiplicative_bonus,
}
