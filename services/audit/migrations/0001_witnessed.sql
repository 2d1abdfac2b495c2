-- What audit heard, one table a service; fed by the service's topic and nothing else.

CREATE TABLE witnessed_people (
    stream uuid NOT NULL,
    version integer NOT NULL,
    event uuid NOT NULL,
    type text NOT NULL,
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (stream, version)
);
CREATE UNIQUE INDEX witnessed_people_by_position ON witnessed_people (position);
CREATE TABLE witnessed_goals (LIKE witnessed_people INCLUDING ALL);
CREATE TABLE witnessed_feedback (LIKE witnessed_people INCLUDING ALL);
CREATE TABLE witnessed_appraisal (LIKE witnessed_people INCLUDING ALL);
CREATE TABLE witnessed_compensation (LIKE witnessed_people INCLUDING ALL);
CREATE TABLE witnessed_payroll (LIKE witnessed_people INCLUDING ALL);
