-- What goals shows, and what it keeps of people.  Texts stay sealed; each table has one feed.

CREATE TABLE objective (
    objective text PRIMARY KEY,
    title text NOT NULL,
    theme text NOT NULL,
    unit text NOT NULL,
    parent text,
    period_start date NOT NULL,
    period_end date NOT NULL
);

-- A plan as it stands: what is on the table and who still has to sign it.
-- revision: of the contract in force, 0 before there is one; effective_on: of an amendment.
CREATE TABLE plan (
    plan uuid PRIMARY KEY,
    person text NOT NULL,
    period text NOT NULL,
    period_start date NOT NULL,
    period_end date NOT NULL,
    status text NOT NULL CHECK (status IN ('negotiated', 'in_force', 'amended', 'withdrawn')),
    revision integer NOT NULL,
    offered json,
    content_hash text,
    offered_by text,
    reason text,
    effective_on date,
    employee_signed boolean NOT NULL,
    manager_signed boolean NOT NULL
);
CREATE INDEX plan_by_person ON plan (person, period_start);

-- Every contract ever in force, a row per revision.
CREATE TABLE contract (
    plan uuid NOT NULL,
    revision integer NOT NULL,
    person text NOT NULL,
    manager text NOT NULL,
    period text NOT NULL,
    period_start date NOT NULL,
    period_end date NOT NULL,
    effective_on date NOT NULL,
    job text NOT NULL,
    job_version integer NOT NULL,
    content json NOT NULL,
    content_hash text NOT NULL,
    previous_hash text,
    reason text,
    employee_signed_at timestamptz NOT NULL,
    manager_signed_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    position bigint NOT NULL,
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
    source text NOT NULL,
    recorded_by text NOT NULL,
    note text NOT NULL,
    corrects uuid,
    corrected_by uuid,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX reading_by_plan ON reading (plan, goal, as_of);

CREATE TABLE job (
    job text PRIMARY KEY,
    job_version integer NOT NULL,
    title text NOT NULL,
    responsibilities json NOT NULL,
    competencies json NOT NULL
);

CREATE TABLE employment (
    person text NOT NULL,
    effective_on date NOT NULL,
    job text NOT NULL,
    PRIMARY KEY (person, effective_on)
);
