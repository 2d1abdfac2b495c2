-- The event store: streams decide versions, events are only ever added, commands remember answers.

CREATE TABLE stream (
    id uuid PRIMARY KEY,
    category text NOT NULL,
    key text NOT NULL,
    version integer NOT NULL,
    head_hash bytea NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE event (
    position bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    stream uuid NOT NULL,
    version integer NOT NULL,
    id uuid NOT NULL UNIQUE,
    type text NOT NULL,
    schema_version integer NOT NULL,
    data json NOT NULL,
    meta json NOT NULL,
    subject text,
    effective_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    UNIQUE (stream, version)
);
CREATE INDEX event_by_subject ON event (subject, position) WHERE subject IS NOT NULL;
CREATE INDEX event_by_recorded_at ON event USING brin (recorded_at);
-- A fresh sequence says last_value = 1 and gives 1 next; the gate needs it below the first position.
SELECT nextval('event_position_seq');

CREATE TABLE command (
    actor text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    answer json NOT NULL,
    PRIMARY KEY (actor, key)
);

CREATE TABLE store (incarnation uuid NOT NULL);
INSERT INTO store VALUES (gen_random_uuid());
CREATE TABLE horizon (instant timestamptz PRIMARY KEY, position bigint NOT NULL);

CREATE TABLE checkpoint (
    consumer text NOT NULL,
    shard integer NOT NULL DEFAULT 0,
    leader_epoch bigint NOT NULL DEFAULT 0,
    position bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (consumer, shard)
);
CREATE TABLE kafka_offset (
    consumer text NOT NULL,
    topic_id text NOT NULL DEFAULT '',
    topic text NOT NULL,
    partition integer NOT NULL,
    next bigint NOT NULL,
    PRIMARY KEY (consumer, topic, partition)
);
CREATE TABLE stream_version (
    consumer text NOT NULL,
    source text NOT NULL,
    stream uuid NOT NULL,
    version integer NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (consumer, source, stream)
) WITH (fillfactor = 70);
CREATE TABLE parked (
    consumer text NOT NULL,
    key text NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    stream uuid,
    version integer,
    position bigint,
    headers json NOT NULL,
    bytes bytea NOT NULL,
    error text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    parked_at timestamptz NOT NULL,
    PRIMARY KEY (consumer, key, id)
);
CREATE TABLE parked_skip (
    consumer text NOT NULL,
    key text NOT NULL,
    stream uuid,
    version integer,
    actor text NOT NULL,
    reason text NOT NULL,
    skipped_at timestamptz NOT NULL
);
CREATE TABLE timer (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    subject text NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    retry_at timestamptz
);
CREATE INDEX timer_by_due ON timer (due_at);
CREATE TABLE effect (key text PRIMARY KEY, status text NOT NULL, result text);
CREATE TABLE projection (
    name text NOT NULL,
    version integer NOT NULL,
    status text NOT NULL,
    digest bytea,
    PRIMARY KEY (name, version)
);
CREATE TABLE seal (
    number bigint PRIMARY KEY,
    first bigint NOT NULL,
    last bigint NOT NULL,
    count bigint NOT NULL,
    merkle_root bytea NOT NULL,
    previous bytea NOT NULL,
    signature bytea NOT NULL
);

CREATE FUNCTION append_events(
    s_id uuid[], s_category text[], s_key text[], s_expected integer[], s_count integer[], s_head bytea[],
    e_stream uuid[], e_version integer[], e_id uuid[], e_type text[], e_schema integer[], e_data text[],
    e_meta text[], e_subject text[], e_effective timestamptz[], e_recorded timestamptz[],
    e_previous bytea[], e_hash bytea[],
    c_actor text, c_key text, c_fingerprint bytea,
    OUT outcome text, OUT conflict_stream uuid, OUT actual integer, OUT answer json
) LANGUAGE plpgsql AS $$
DECLARE
    target record;
    made uuid[] := '{}';
    inserted integer;
    gate bigint;
    last bigint;
BEGIN
    -- One order for everybody, insert before lock: two appends of the same streams cannot deadlock.
    FOR target IN
        SELECT * FROM unnest(s_id, s_category, s_key, s_expected) AS t (id, category, key, expected) ORDER BY id
    LOOP
        IF target.expected = 0 THEN
            INSERT INTO stream VALUES (target.id, target.category, target.key, 0, ''::bytea) ON CONFLICT DO NOTHING;
            GET DIAGNOSTICS inserted = ROW_COUNT;
            IF inserted = 1 THEN made := made || target.id; END IF;
        END IF;
        SELECT s.version INTO actual FROM stream s WHERE s.id = target.id FOR NO KEY UPDATE;
        IF actual IS DISTINCT FROM target.expected THEN
            DELETE FROM stream s WHERE s.id = ANY (made);
            outcome := 'conflict';
            conflict_stream := target.id;
            actual := coalesce(actual, 0);
            RETURN;
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM command c WHERE c.actor = c_actor AND c.key = c_key) THEN
        DELETE FROM stream s WHERE s.id = ANY (made);
        outcome := 'repeated';
        RETURN;
    END IF;
    -- The gate: taken below the first position that this append can be given, let go by the commit.
    SELECT q.last_value INTO gate FROM event_position_seq q;
    IF gate IS NULL THEN RAISE EXCEPTION 'the position sequence has no last value'; END IF;
    PERFORM pg_advisory_xact_lock_shared(gate);
    WITH added AS (
        INSERT INTO event (stream, version, id, type, schema_version, data, meta, subject,
                           effective_at, recorded_at, previous_hash, hash)
        SELECT stream, version, id, type, schema_version, data::json, meta::json, subject,
               effective_at, recorded_at, previous_hash, hash
        FROM unnest(e_stream, e_version, e_id, e_type, e_schema, e_data, e_meta, e_subject, e_effective,
                    e_recorded, e_previous, e_hash) WITH ORDINALITY
             AS t (stream, version, id, type, schema_version, data, meta, subject, effective_at,
                   recorded_at, previous_hash, hash, row_number)
        ORDER BY row_number
        RETURNING position
    ) SELECT max(position), count(*) INTO last, inserted FROM added;
    IF inserted <> cardinality(e_id) THEN
        RAISE EXCEPTION 'appended % of % events', inserted, cardinality(e_id);
    END IF;
    UPDATE stream s SET version = t.expected + t.count, head_hash = t.head
    FROM unnest(s_id, s_expected, s_count, s_head) AS t (id, expected, count, head) WHERE s.id = t.id;
    answer := json_build_object('events', inserted, 'position', last, 'streams', (
        SELECT json_agg(json_build_object('stream', t.id, 'version', t.expected + t.count))
        FROM unnest(s_id, s_expected, s_count) AS t (id, expected, count)));
    INSERT INTO command VALUES (c_actor, c_key, c_fingerprint, answer);
    outcome := 'appended';
    actual := NULL;
END $$;
