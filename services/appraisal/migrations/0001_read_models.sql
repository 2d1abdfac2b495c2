-- What appraisal shows, and what it keeps of people and goals.  Texts stay sealed; each table has
-- one feed.

-- From people: where somebody works from a day on.
CREATE TABLE assignment (
    person text NOT NULL,
    effective_on date NOT NULL,
    manager text,
    unit text NOT NULL,
    entity text NOT NULL,
    PRIMARY KEY (person, effective_on)
);

-- From people: the last day employed, while somebody is not employed.
CREATE TABLE leaver (
    person text PRIMARY KEY,
    left_on date
);

CREATE FUNCTION assigned_on(p_person text, p_day date) RETURNS assignment LANGUAGE sql STABLE AS $$
    SELECT * FROM assignment WHERE person = p_person AND effective_on <= p_day
    ORDER BY effective_on DESC LIMIT 1
$$;

-- Whether a population (all, entity:X or unit:X) takes the person in on that day.
CREATE FUNCTION belongs_to(p_person text, p_population text, p_day date)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT p_population IN ('all', 'entity:' || a.entity, 'unit:' || a.unit)
        FROM assigned_on(p_person, p_day) a WHERE a.person IS NOT NULL), false)
    AND NOT EXISTS (SELECT FROM leaver l WHERE l.person = p_person AND l.left_on < p_day)
$$;

-- From goals: every revision of every contract, and every reading.
CREATE TABLE contract (
    plan uuid NOT NULL,
    revision integer NOT NULL,
    person text NOT NULL,
    manager text NOT NULL,
    period_start date NOT NULL,
    period_end date NOT NULL,
    effective_on date NOT NULL,
    content json NOT NULL,
    content_hash text NOT NULL,
    source json NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (plan, revision)
);
CREATE INDEX contract_by_person ON contract (person, period_start);

CREATE TABLE reading (
    reading uuid PRIMARY KEY,
    plan uuid NOT NULL,
    person text NOT NULL,
    goal text NOT NULL,
    value numeric NOT NULL,
    as_of date NOT NULL,
    corrects uuid,
    source json NOT NULL,
    version integer NOT NULL
);
CREATE INDEX reading_by_person ON reading (person, as_of);
CREATE INDEX reading_by_correction ON reading (corrects) WHERE corrects IS NOT NULL;

-- From the own store.
CREATE TABLE scheme (
    scheme text NOT NULL,
    scheme_version integer NOT NULL,
    content json NOT NULL,
    content_hash text NOT NULL,
    PRIMARY KEY (scheme, scheme_version)
);

CREATE TABLE cycle (
    cycle text PRIMARY KEY,
    title text NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'closed')),
    period_start date NOT NULL,
    period_end date NOT NULL,
    scheme text NOT NULL,
    scheme_version integer NOT NULL,
    scheme_hash text NOT NULL,
    content json NOT NULL,
    population text NOT NULL,
    self_due date NOT NULL,
    manager_due date NOT NULL,
    interview_due date NOT NULL,
    acknowledge_days integer NOT NULL,
    opened_by text NOT NULL
);

-- An appraisal as it stands; `content` holds what was said, `shared_revision` what the employee
-- may see of it.
CREATE TABLE appraisal (
    appraisal uuid PRIMARY KEY,
    cycle text NOT NULL,
    person text NOT NULL,
    manager text,
    period_start date NOT NULL,
    period_end date NOT NULL,
    self_due date NOT NULL,
    manager_due date NOT NULL,
    interview_due date NOT NULL,
    acknowledge_by timestamptz,
    status text NOT NULL,
    revision integer NOT NULL,
    shared_revision integer NOT NULL,
    answer text,
    content json NOT NULL
);
CREATE UNIQUE INDEX appraisal_by_cycle ON appraisal (cycle, person);
CREATE INDEX appraisal_by_person ON appraisal (person, period_start);
CREATE INDEX appraisal_by_manager ON appraisal (manager);

-- Every score ever computed, a row per revision, with the event that it stands in.
CREATE TABLE score_sheet (
    appraisal uuid NOT NULL,
    revision integer NOT NULL,
    cycle text NOT NULL,
    person text NOT NULL,
    score numeric NOT NULL,
    rating text NOT NULL,
    sheet json NOT NULL,
    rated json,
    source json NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (appraisal, revision)
);
CREATE INDEX score_sheet_by_person ON score_sheet (person, recorded_at);
