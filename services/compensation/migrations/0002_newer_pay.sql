-- The latest pay fact that an award has seen: one with a higher version is news to it.
ALTER TABLE award ADD COLUMN pay_version integer NOT NULL DEFAULT 0;
