-- append_events for what most commands append, one event to one stream: half the statements, no arrays.
-- The guarded write of the stream's row is its lock and its check of the version in one.
-- Answers the event's position; on a conflict, below zero: -1 less the version that the stream has.

CREATE FUNCTION append_one(
    s_category text, s_key text, s_expected integer,
    e_stream uuid, e_id uuid, e_type text, e_schema integer, e_data text, e_meta text, e_subject text,
    e_effective timestamptz, e_recorded timestamptz, e_previous bytea, e_hash bytea,
    c_actor text, c_key text, c_fingerprint bytea
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    gate bigint;
    appended bigint;
BEGIN
    IF s_expected = 0 THEN
        INSERT INTO stream VALUES (e_stream, s_category, s_key, 1, e_hash) ON CONFLICT DO NOTHING;
    ELSE
        UPDATE stream s SET version = s_expected + 1, head_hash = e_hash
        WHERE s.id = e_stream AND s.version = s_expected;
    END IF;
    IF NOT FOUND THEN
        RETURN -1 - coalesce((SELECT s.version FROM stream s WHERE s.id = e_stream), 0);
    END IF;
    -- The gate: taken below the position that this append can be given, let go by the commit.
    SELECT q.last_value, pg_advisory_xact_lock_shared(q.last_value) INTO gate FROM event_position_seq q;
    IF gate IS NULL THEN RAISE EXCEPTION 'the position sequence has no last value'; END IF;
    WITH added AS (
        INSERT INTO event (stream, version, id, type, schema_version, data, meta, subject,
                           effective_at, recorded_at, previous_hash, hash)
        VALUES (e_stream, s_expected + 1, e_id, e_type, e_schema, e_data::json, e_meta::json, e_subject,
                e_effective, e_recorded, e_previous, e_hash)
        RETURNING position
    ), kept AS (
        INSERT INTO command
        SELECT c_actor, c_key, c_fingerprint, json_build_object(
            'events', 1, 'position', added.position,
            'streams', json_build_array(json_build_object('stream', e_stream, 'version', s_expected + 1)))
        FROM added
    ) SELECT added.position INTO appended FROM added;
    IF appended IS NULL THEN RAISE EXCEPTION 'appended 0 of 1 events'; END IF;
    RETURN appended;
END $$;
