"""The local platform: a real PostgreSQL and a real Apache Kafka as child processes."""
