-- What payroll knows.  Every table has one feed: the topic or the own events that its heading names.

-- From compensation: what was released, what is suspended, and what was announced.
CREATE TABLE award (
    award text PRIMARY KEY,
    person text NOT NULL,
    cycle text NOT NULL,
    entity text NOT NULL,
    revision integer NOT NULL,
    version integer NOT NULL,
    effective_on date NOT NULL,
    released_at timestamptz NOT NULL,
    pay_version integer NOT NULL
);
CREATE INDEX award_by_entity ON award (entity, award);
CREATE TABLE award_amount (
    award text NOT NULL,
    component text NOT NULL,
    kind text NOT NULL,
    minor bigint NOT NULL,
    currency text NOT NULL,
    new_annual bigint,
    PRIMARY KEY (award, component)
);
CREATE TABLE suspension (award text PRIMARY KEY, suspended_at timestamptz NOT NULL);
CREATE TABLE announcement (
    cycle text NOT NULL,
    entity text NOT NULL,
    number integer NOT NULL,
    count integer NOT NULL,
    totals jsonb NOT NULL,
    PRIMARY KEY (entity, cycle)
);
CREATE TABLE announced_award (
    cycle text NOT NULL,
    entity text NOT NULL,
    award text NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (entity, cycle, award)
);

-- From people: names (sealed), the newest pay fact, who left and came back.
CREATE TABLE person (person text PRIMARY KEY, employee_no text NOT NULL, name text NOT NULL);
CREATE TABLE newest_pay (person text PRIMARY KEY, version integer NOT NULL);
CREATE TABLE leaver (person text PRIMARY KEY, left_on date NOT NULL, returned_on date);

-- From the own store: payees and wage types.
CREATE TABLE payee (
    person text PRIMARY KEY,
    payroll_id text NOT NULL,
    entity text NOT NULL,
    pay_group text NOT NULL,
    cost_centre text NOT NULL
);
CREATE INDEX payee_by_payroll_id ON payee (entity, payroll_id);
CREATE TABLE wage_type (
    entity text NOT NULL,
    component text NOT NULL,
    code text NOT NULL,
    PRIMARY KEY (entity, component)
);

-- From the own store: batches, their lines, variances.
CREATE TABLE register (entity text PRIMARY KEY, entries integer NOT NULL);
CREATE TABLE batch (
    batch text PRIMARY KEY,
    entity text NOT NULL,
    pay_group text NOT NULL,
    period_start date NOT NULL,
    period_end date NOT NULL,
    cut_off timestamptz NOT NULL,
    status text NOT NULL,
    lines integer NOT NULL,
    employees integer NOT NULL,
    totals jsonb NOT NULL,
    left_out jsonb NOT NULL,
    held integer NOT NULL DEFAULT 0,
    prepared_by text NOT NULL,
    prepared_at timestamptz NOT NULL,
    position bigint NOT NULL,
    sealed_by text,
    sealed_at timestamptz,
    sequence integer,
    file text,
    sha256 text,
    hash_total bigint,
    outcome text,
    dropped_by text,
    reason text
);
CREATE INDEX batch_by_entity ON batch (entity, position);
CREATE TABLE batch_line (
    batch text NOT NULL,
    line text NOT NULL,
    issue integer NOT NULL,
    person text NOT NULL,
    award text NOT NULL,
    cycle text NOT NULL,
    revision integer NOT NULL,
    component text NOT NULL,
    kind text NOT NULL,
    minor bigint NOT NULL,
    currency text NOT NULL,
    new_annual bigint,
    effective_on date NOT NULL,
    payroll_id text NOT NULL,
    wage_type text NOT NULL,
    cost_centre text NOT NULL,
    status text NOT NULL,
    why text,
    paid_minor bigint,
    paid_currency text,
    position bigint NOT NULL,
    PRIMARY KEY (batch, line)
);
CREATE INDEX batch_line_by_award ON batch_line (award, component);
CREATE INDEX batch_line_by_line ON batch_line (line);
CREATE INDEX batch_line_by_person ON batch_line (person, position);
CREATE TABLE variance (
    variance text PRIMARY KEY,
    batch text NOT NULL,
    line text NOT NULL,
    issue integer NOT NULL,
    person text NOT NULL,
    kind text NOT NULL,
    sealed_minor bigint NOT NULL,
    sealed_currency text NOT NULL,
    answered_minor bigint,
    answered_currency text,
    opened_by text NOT NULL,
    opened_at timestamptz NOT NULL,
    position bigint NOT NULL,
    resolved_by text,
    resolved_at timestamptz,
    reason text
);
CREATE INDEX variance_by_batch ON variance (batch, position);
