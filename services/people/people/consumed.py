"""What people hears: only its own events, which feed its access tables too."""

from chassis.access_feed import OWN_ACCESS

CONSUMERS = (OWN_ACCESS,)
