-- A sum per tally: from the own store, behind a reaction, and as heard from the topic.
CREATE TABLE own_sum (tally uuid PRIMARY KEY, total bigint NOT NULL, version integer NOT NULL);
CREATE TABLE reacting (tally uuid NOT NULL, version integer NOT NULL, PRIMARY KEY (tally, version));
CREATE TABLE heard_sum (tally uuid PRIMARY KEY, total bigint NOT NULL, version integer NOT NULL);
CREATE TABLE poison (number integer PRIMARY KEY);
CREATE TABLE fired (timer uuid NOT NULL);
