"""The rules of compensation: standard library and `chassis.values` only."""
