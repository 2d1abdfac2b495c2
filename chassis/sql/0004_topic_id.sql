-- Which topic the relay has published to: when Kafka lost it, its successor gets everything again.
ALTER TABLE checkpoint ADD COLUMN topic_id text NOT NULL DEFAULT '';
