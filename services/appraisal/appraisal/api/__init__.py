"""HTTP in: parse, execute, answer; one file per aggregate."""
