"""What audit hears: all that is published, and from people who holds which role."""

from audit.projections.witnessed import WITNESSES
from chassis.access_feed import ACCESS

CONSUMERS = (ACCESS, *WITNESSES.values())
