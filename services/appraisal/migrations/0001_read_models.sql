-- What appraisal shows, and what it keeps of people and goals.  Texts stay sealed; one feed each.

CREATE TABLE scheme (
    scheme text PRIMARY KEY,
    scheme_version integer NOT NULL,
    content json NOT NULL,
    content_hash text NOT NULL
);

CREATE TABLE cycle (
    cycle text PRIMARY KEY,
    title text NOT NULL,
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
    opened_by text NOT NULL,
    closed boolean NOT NULL DEFAULT false
);

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
    status text NOT NULL,
    revision integer NOT NULL DEFAULT 1,
    shared boolean NOT NULL DEFAULT false,
    self_ratings json,
    self_comment text,
    manager_ratings json,
    manager_comment text,
    sheet json,
    score numeric,
    rating text,
    computed_event uuid,
    computed_position bigint,
    computed_at timestamptz,
    agreed_points text,
    acknowledge_by timestamptz,
    answer text,
    answer_comment text
);
CREATE INDEX appraisal_by_cycle ON appraisal (cycle, person);
CREATE INDEX appraisal_by_person ON appraisal (person, period_start);
CREATE INDEX appraisal_by_manager ON appraisal (manager) WHERE status <> 'finalised';

-- Results that were final, a row per revision; none is ever changed.
CREATE TABLE result (
    appraisal uuid NOT NULL,
    revision integer NOT NULL,
    person text NOT NULL,
    cycle text NOT NULL,
    score numeric NOT NULL,
    rating text NOT NULL,
    answer text,
    finalised_at timestamptz NOT NULL,
    PRIMARY KEY (appraisal, revision)
);

-- Steps that somebody took for somebody else.
CREATE TABLE advanced (
    appraisal uuid NOT NULL,
    step text NOT NULL,
    by text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL
);

-- Heard from goals.
CREATE TABLE contract (
    plan uuid NOT NULL,
    revision integer NOT NULL,
    person text NOT NULL,
    period_start date NOT NULL,
    period_end date NOT NULL,
    effective_on date NOT NULL,
    content json NOT NULL,
    content_hash text NOT NULL,
    event uuid NOT NULL,
    position bigint NOT NULL,
    stream uuid NOT NULL,
    version integer NOT NULL,
    actor text NOT NULL,
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
    event uuid NOT NULL,
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    stream uuid NOT NULL,
    version integer NOT NULL,
    actor text NOT NULL
);
CREATE INDEX reading_by_plan ON reading (plan, goal, as_of);
CREATE INDEX reading_corrected ON reading (corrects) WHERE corrects IS NOT NULL;

-- Heard from people.
CREATE TABLE employment (
    person text NOT NULL,
    effective_on date NOT NULL,
    manager text,
    unit text NOT NULL,
    entity text NOT NULL,
    PRIMARY KEY (person, effective_on)
);
CREATE TABLE employed (
    person text PRIMARY KEY,
    left_on date
);

-- The employment in force on a day.
CREATE FUNCTION employed_on(p_person text, p_day date) RETURNS employment LANGUAGE sql STABLE AS $$
    SELECT e.* FROM employment e WHERE e.person = p_person AND e.effective_on <= p_day
    ORDER BY e.effective_on DESC LIMIT 1
$$;
