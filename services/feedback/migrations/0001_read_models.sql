-- What feedback shows.  Texts stay sealed; every table is fed by the service's own events.

CREATE TABLE check_in (
    checkin text NOT NULL,
    wording integer NOT NULL,
    person text NOT NULL,
    author text NOT NULL,
    held_on date NOT NULL,
    note text NOT NULL,
    confidence integer,
    goals jsonb NOT NULL,
    reason text,
    recorded_at timestamptz NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (checkin, wording)
);
CREATE INDEX check_in_by_person ON check_in (person, position);

CREATE TABLE feedback (
    feedback text PRIMARY KEY,
    person text NOT NULL,
    giver text NOT NULL,
    visibility text NOT NULL,
    text text NOT NULL,
    tags text[] NOT NULL,
    goal text,
    given_at timestamptz NOT NULL,
    position bigint NOT NULL,
    withdrawn_at timestamptz,
    reason text
);
CREATE INDEX feedback_by_person ON feedback (person, position);
CREATE INDEX feedback_by_giver ON feedback (giver, position);

CREATE TABLE note (
    note text PRIMARY KEY,
    person text NOT NULL,
    author text NOT NULL,
    text text NOT NULL,
    written_at timestamptz NOT NULL,
    position bigint NOT NULL
);
CREATE INDEX note_by_author ON note (author, position);
