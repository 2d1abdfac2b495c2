-- Read models of compensation.  Each table has one feed: one topic, or the own store.

-- From people: what counts from a day on, with the event that said so.
CREATE TABLE employment_fact (
    person text NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('hired', 'left', 'returned')),
    on_day date NOT NULL,
    source json NOT NULL,
    PRIMARY KEY (person, version)
);
CREATE TABLE assignment_fact (
    person text NOT NULL,
    version integer NOT NULL,
    effective_on date NOT NULL,
    manager text,
    entity text NOT NULL,
    grade text NOT NULL,
    country text NOT NULL,
    source json NOT NULL,
    PRIMARY KEY (person, version)
);
CREATE INDEX assignment_fact_by_grade ON assignment_fact (grade, country);
CREATE TABLE pay_fact (
    person text NOT NULL,
    version integer NOT NULL,
    effective_on date NOT NULL,
    annual_minor bigint NOT NULL,
    currency text NOT NULL,
    fte numeric NOT NULL,
    source json NOT NULL,
    PRIMARY KEY (person, version)
);

-- From appraisal: every finalised revision.
CREATE TABLE appraisal_fact (
    cycle text NOT NULL,
    person text NOT NULL,
    revision integer NOT NULL,
    score numeric NOT NULL,
    rating text NOT NULL,
    sheet_hash text NOT NULL,
    source json NOT NULL,
    PRIMARY KEY (cycle, person, revision)
);
CREATE INDEX appraisal_fact_by_person ON appraisal_fact (person);

-- From the own store.
CREATE TABLE salary_range (
    range text NOT NULL,
    version integer NOT NULL,
    grade text NOT NULL,
    country text NOT NULL,
    currency text NOT NULL,
    effective_on date NOT NULL,
    minimum_minor bigint NOT NULL,
    midpoint_minor bigint NOT NULL,
    maximum_minor bigint NOT NULL,
    source json NOT NULL,
    PRIMARY KEY (range, version)
);
CREATE INDEX salary_range_by_grade ON salary_range (grade, country, currency);

CREATE TABLE launched_cycle (
    cycle text PRIMARY KEY,
    terms json NOT NULL,
    terms_hash text NOT NULL,
    launched_by text NOT NULL,
    source json NOT NULL
);

CREATE TABLE pool (
    pool text PRIMARY KEY,
    component text NOT NULL,
    entity text,
    currency text NOT NULL,
    fund_minor bigint NOT NULL,
    committed_minor bigint NOT NULL
);
CREATE TABLE pool_commitment (
    pool text NOT NULL,
    award text NOT NULL,
    cycle text NOT NULL,
    revision integer NOT NULL,
    minor bigint NOT NULL,
    PRIMARY KEY (pool, award)
);

CREATE TABLE award (
    award text PRIMARY KEY,
    person text NOT NULL,
    cycle text NOT NULL,
    version integer NOT NULL,
    status text NOT NULL,
    revision integer NOT NULL,
    entity text,
    manager text,
    rating text,
    currency text,
    merit_minor bigint,
    lump_sum_minor bigint,
    bonus_minor bigint,
    new_annual_minor bigint,
    waiting_for text[] NOT NULL,
    refusals json NOT NULL,
    approved_by text,
    communicated_revision integer NOT NULL,
    released_revision integer NOT NULL,
    released_version integer NOT NULL,
    on_hold boolean NOT NULL,
    since timestamptz NOT NULL
);
CREATE INDEX award_by_cycle ON award (cycle, award);
CREATE INDEX award_by_person ON award (person);
CREATE INDEX award_by_manager ON award (manager) WHERE manager IS NOT NULL;

-- A calculation with every factor, as it was recorded; what "explain" walks over.
CREATE TABLE award_calculation (
    award text NOT NULL,
    component text NOT NULL,
    revision integer NOT NULL,
    person text NOT NULL,
    cycle text NOT NULL,
    content json NOT NULL,
    event uuid NOT NULL,
    stream uuid NOT NULL,
    version integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (award, component, revision)
);
CREATE INDEX award_calculation_by_person ON award_calculation (person, component, cycle, revision);

CREATE TABLE release (
    release text PRIMARY KEY,
    cycle text NOT NULL,
    entity text NOT NULL,
    number integer NOT NULL,
    count integer NOT NULL,
    totals json NOT NULL
);
