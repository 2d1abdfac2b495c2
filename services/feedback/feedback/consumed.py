"""What feedback hears from others: from people, who is above whom and who holds which role."""

from chassis.access_feed import ACCESS

CONSUMERS = (ACCESS,)
