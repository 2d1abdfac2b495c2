-- What the measured projections keep: per goal, how many reports came, their points, the last one.
CREATE TABLE goal_points (
    goal uuid PRIMARY KEY,
    person text NOT NULL,
    reports integer NOT NULL,
    points bigint NOT NULL,
    last_reported timestamptz NOT NULL
) WITH (fillfactor = 70);
