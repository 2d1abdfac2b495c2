"""A small company in people, and goals that has heard of it over Kafka."""
