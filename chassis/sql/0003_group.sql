-- Group commit: many commands, each of which begins a stream of its own, in one transaction.
-- Answers what was appended.  A command that is not among them left nothing: its stream or its key is taken.

CREATE FUNCTION append_new_streams(
    s_id uuid[], s_category text[], s_key text[], s_count integer[], s_head bytea[],
    c_actor text[], c_key text[], c_fingerprint bytea[],
    e_stream uuid[], e_version integer[], e_id uuid[], e_type text[], e_schema integer[], e_data text[],
    e_meta text[], e_subject text[], e_effective timestamptz[], e_recorded timestamptz[],
    e_previous bytea[], e_hash bytea[]
) RETURNS TABLE (begun uuid, reply json) LANGUAGE plpgsql AS $$
DECLARE
    made uuid[];
    repeated uuid[];
    gate bigint;
    inserted integer;
BEGIN
    -- In the order of append_events, streams first, each kind sorted: no two appends can deadlock.
    WITH added AS (
        INSERT INTO stream
        SELECT t.id, t.category, t.key, t.count, t.head
        FROM unnest(s_id, s_category, s_key, s_count, s_head) AS t (id, category, key, count, head)
        ORDER BY t.id ON CONFLICT DO NOTHING RETURNING id
    ) SELECT coalesce(array_agg(id), '{}') INTO made FROM added;
    -- A subquery for each row: a join could be planned while the table is small, and read all of it later.
    SELECT array_agg(t.id) INTO repeated FROM (
        SELECT u.id, (SELECT true FROM command c WHERE c.actor = u.actor AND c.key = u.key) AS known
        FROM unnest(s_id, c_actor, c_key) AS u (id, actor, key) OFFSET 0
    ) AS t WHERE t.known AND t.id = ANY (made);
    IF repeated IS NOT NULL THEN
        DELETE FROM stream s WHERE s.id = ANY (repeated);
        made := ARRAY(SELECT unnest(made) EXCEPT SELECT unnest(repeated));
    END IF;
    IF cardinality(made) = 0 THEN RETURN; END IF;
    -- The gate: taken below the first position that this append can be given, let go by the commit.
    SELECT q.last_value INTO gate FROM event_position_seq q;
    IF gate IS NULL THEN RAISE EXCEPTION 'the position sequence has no last value'; END IF;
    PERFORM pg_advisory_xact_lock_shared(gate);
    RETURN QUERY
    WITH added AS (
        INSERT INTO event (stream, version, id, type, schema_version, data, meta, subject,
                           effective_at, recorded_at, previous_hash, hash)
        SELECT t.stream, t.version, t.id, t.type, t.schema_version, t.data::json, t.meta::json, t.subject,
               t.effective_at, t.recorded_at, t.previous_hash, t.hash
        FROM unnest(e_stream, e_version, e_id, e_type, e_schema, e_data, e_meta, e_subject, e_effective,
                    e_recorded, e_previous, e_hash) WITH ORDINALITY
             AS t (stream, version, id, type, schema_version, data, meta, subject, effective_at,
                   recorded_at, previous_hash, hash, row_number)
        WHERE t.stream = ANY (made) ORDER BY t.row_number
        RETURNING stream, position
    ), answered AS (
        SELECT a.stream, json_build_object('events', count(*), 'position', max(a.position), 'streams',
            json_build_array(json_build_object('stream', a.stream, 'version', count(*)))) AS answer
        FROM added a GROUP BY a.stream
    ), kept AS (
        INSERT INTO command
        SELECT t.actor, t.key, t.fingerprint, a.answer
        FROM unnest(s_id, c_actor, c_key, c_fingerprint) AS t (id, actor, key, fingerprint)
        JOIN answered a ON a.stream = t.id ORDER BY t.actor, t.key
    ) SELECT a.stream, a.answer FROM answered a;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    IF inserted <> cardinality(made) THEN
        RAISE EXCEPTION 'appended % of % streams', inserted, cardinality(made);
    END IF;
END $$;
