-- Who stands where to whom, at any instant: facts from people, only ever added.

CREATE TABLE person_fact (
    person text NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('registered', 'assigned', 'left', 'returned')),
    manager text,
    unit text,
    entity text,
    valid_from date NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (person, version)
);
CREATE INDEX person_fact_by_manager ON person_fact (manager) WHERE manager IS NOT NULL;

-- A grant's revocation is a fact of its own: the same grant with no valid_from and its last day.
CREATE TABLE grant_fact (
    actor text NOT NULL,
    version integer NOT NULL,
    grant_id text NOT NULL,
    role text NOT NULL,
    population text NOT NULL,
    valid_from date,
    valid_to date,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (actor, version)
);

CREATE TABLE access_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person text NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    at timestamptz NOT NULL,
    correlation uuid
);
CREATE INDEX access_log_by_person ON access_log (person, id);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The assignment in force for a person, as known at an instant: the latest that has begun.
CREATE FUNCTION assignment_at(p_person text, p_at timestamptz)
RETURNS TABLE (manager text, unit text, entity text) LANGUAGE sql STABLE AS $$
    SELECT f.manager, f.unit, f.entity FROM person_fact f
    WHERE f.person = p_person AND f.kind = 'assigned' AND f.recorded_at <= p_at
      AND f.valid_from <= (p_at AT TIME ZONE 'UTC')::date
    ORDER BY f.valid_from DESC, f.recorded_at DESC, f.version DESC LIMIT 1
$$;

-- Whether the person has left: their last day is over, and they did not come back.
CREATE FUNCTION has_left(p_person text, p_at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT f.kind = 'left' FROM person_fact f
        WHERE f.person = p_person AND f.kind IN ('left', 'returned') AND f.recorded_at <= p_at
          AND f.valid_from <= (p_at AT TIME ZONE 'UTC')::date
        ORDER BY f.valid_from DESC, f.recorded_at DESC, f.version DESC LIMIT 1), false)
$$;

-- The roles that an actor holds at an instant, each with the population that it covers.
CREATE FUNCTION grants_at(p_actor text, p_at timestamptz)
RETURNS TABLE (role text, population text) LANGUAGE sql STABLE AS $$
    SELECT g.role, g.population FROM grant_fact g
    WHERE g.actor = p_actor AND g.recorded_at <= p_at
      AND g.valid_from <= (p_at AT TIME ZONE 'UTC')::date
      AND (g.valid_to IS NULL OR g.valid_to >= (p_at AT TIME ZONE 'UTC')::date)
      AND NOT EXISTS (
          SELECT FROM grant_fact r
          WHERE r.actor = g.actor AND r.grant_id = g.grant_id AND r.valid_from IS NULL
            AND r.recorded_at <= p_at AND r.valid_to < (p_at AT TIME ZONE 'UTC')::date)
      AND NOT has_left(p_actor, p_at)
$$;

-- The managers above a person, nearest first; a circle ends where it would begin again.
CREATE FUNCTION line_above(p_person text, p_at timestamptz)
RETURNS TABLE (manager text, level integer) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE line (manager, level, path) AS (
        SELECT a.manager, 1, ARRAY[p_person, a.manager] FROM assignment_at(p_person, p_at) a
        WHERE a.manager IS NOT NULL AND a.manager <> p_person
        UNION ALL
        SELECT a.manager, line.level + 1, line.path || a.manager
        FROM line CROSS JOIN LATERAL assignment_at(line.manager, p_at) a
        WHERE a.manager IS NOT NULL AND a.manager <> ALL (line.path) AND line.level < 40
    )
    SELECT manager, level FROM line
$$;

-- Whether an actor has ever been heard of: as a person, or by a grant.
CREATE FUNCTION is_known(p_actor text, p_at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM person_fact f WHERE f.person = p_actor AND f.recorded_at <= p_at)
        OR EXISTS (SELECT FROM grant_fact g WHERE g.actor = p_actor AND g.recorded_at <= p_at)
$$;

-- What an actor is to a subject (or to nobody in particular), in one answer.  Who left is only their own.
CREATE FUNCTION standing(p_actor text, p_subject text, p_at timestamptz,
    OUT actor_known boolean, OUT subject_known boolean, OUT held text[]
) LANGUAGE sql STABLE AS $$
    SELECT known.actor, p_subject IS NULL OR is_known(p_subject, p_at),
           ARRAY(
               SELECT DISTINCT g.role FROM grants_at(p_actor, p_at) g
               WHERE p_subject IS NULL OR g.population = 'all' OR EXISTS (
                   SELECT FROM assignment_at(p_subject, p_at) a
                   WHERE g.population IN ('unit:' || a.unit, 'entity:' || a.entity))
               UNION ALL SELECT 'own' WHERE known.actor AND p_actor = p_subject
               UNION ALL SELECT 'anyone' WHERE known.actor AND NOT has_left(p_actor, p_at)
               UNION ALL
               SELECT unnest(CASE WHEN l.level = 1 THEN '{report,subtree}'::text[] ELSE '{subtree}' END)
               FROM line_above(p_subject, p_at) l
               WHERE l.manager = p_actor AND NOT has_left(p_actor, p_at) AND NOT has_left(p_subject, p_at))
    FROM (SELECT is_known(p_actor, p_at)) AS known (actor)
$$;

-- Everybody to whom an actor holds one of these relations or roles: for lists.
CREATE FUNCTION visible_to(p_actor text, p_allowed text[], p_at timestamptz)
RETURNS TABLE (person text) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE fact AS MATERIALIZED (
        SELECT DISTINCT ON (f.person) f.person, f.manager, f.unit, f.entity FROM person_fact f
        WHERE f.recorded_at <= p_at AND (f.kind = 'registered'
           OR (f.kind = 'assigned' AND f.valid_from <= (p_at AT TIME ZONE 'UTC')::date))
        ORDER BY f.person, f.kind, f.valid_from DESC, f.recorded_at DESC, f.version DESC
    ), below (person) AS (
        SELECT fact.person FROM fact WHERE fact.manager = p_actor
        UNION
        SELECT fact.person FROM fact JOIN below ON fact.manager = below.person
        WHERE 'subtree' = ANY (p_allowed)
    ), covered AS (
        SELECT g.population FROM grants_at(p_actor, p_at) g WHERE g.role = ANY (p_allowed)
    )
    SELECT p_actor WHERE 'own' = ANY (p_allowed)
    UNION
    SELECT below.person FROM below
    WHERE p_allowed && '{report,subtree}' AND NOT has_left(p_actor, p_at)
      AND NOT has_left(below.person, p_at)
    UNION
    SELECT fact.person FROM fact JOIN covered
      ON covered.population IN ('all', 'unit:' || fact.unit, 'entity:' || fact.entity)
    UNION
    SELECT fact.person FROM fact
    WHERE 'anyone' = ANY (p_allowed) AND is_known(p_actor, p_at) AND NOT has_left(p_actor, p_at)
$$;
