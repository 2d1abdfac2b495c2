-- What people shows.  Names and reasons stay sealed; every table is fed by the service's own events.

CREATE TABLE person (
    person text PRIMARY KEY,
    employee_no text NOT NULL,
    name text NOT NULL,
    hired_on date NOT NULL,
    started_on date NOT NULL,
    left_on date
);
CREATE INDEX person_by_number ON person (employee_no);

CREATE TABLE assignment (
    person text NOT NULL,
    effective_on date NOT NULL,
    manager text,
    unit text NOT NULL,
    entity text NOT NULL,
    job text NOT NULL,
    grade text NOT NULL,
    location text NOT NULL,
    fte numeric NOT NULL,
    country text NOT NULL,
    PRIMARY KEY (person, effective_on)
);
CREATE INDEX assignment_by_manager ON assignment (manager) WHERE manager IS NOT NULL;

CREATE TABLE pay (
    person text NOT NULL,
    effective_on date NOT NULL,
    minor bigint NOT NULL,
    currency text NOT NULL,
    fte numeric NOT NULL,
    source text NOT NULL,
    reason text NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (person, effective_on)
);

CREATE TABLE job (
    job text PRIMARY KEY,
    job_version integer NOT NULL,
    title text NOT NULL,
    grade text NOT NULL,
    responsibilities jsonb NOT NULL,
    competencies jsonb NOT NULL
);

CREATE TABLE role_grant (
    grant_id text PRIMARY KEY,
    actor text NOT NULL,
    role text NOT NULL,
    population text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    status text NOT NULL CHECK (status IN ('proposed', 'granted', 'revoked')),
    proposed_by text NOT NULL,
    granted_by text,
    revoked_by text
);
CREATE INDEX role_grant_by_actor ON role_grant (actor);

-- The assignment in force on a day.
CREATE FUNCTION assigned_on(p_person text, p_day date) RETURNS assignment LANGUAGE sql STABLE AS $$
    SELECT a.* FROM assignment a WHERE a.person = p_person AND a.effective_on <= p_day
    ORDER BY a.effective_on DESC LIMIT 1
$$;
