-- What the toy's consumers heard, a row per event and hearing, so that a second hearing shows.
CREATE TABLE heard (
    row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer text NOT NULL,
    stream uuid NOT NULL,
    version integer NOT NULL,
    number integer NOT NULL
);
CREATE TABLE poison (number integer PRIMARY KEY);
