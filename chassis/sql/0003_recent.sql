-- What a consumer last heard of each stream, so that a fork below its head is told from a repeat:
-- the first 8 bytes of the hashes of the newest versions, the head's last.
ALTER TABLE stream_version ADD COLUMN recent bytea NOT NULL DEFAULT '';
