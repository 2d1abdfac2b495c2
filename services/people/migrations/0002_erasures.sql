-- Proposals to erase somebody that wait for a second administrator.
CREATE TABLE erasure_proposal (
    person text PRIMARY KEY,
    reason text NOT NULL,
    proposed_by text NOT NULL
);
