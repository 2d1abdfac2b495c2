"""`merit calc`: each formula that is built, by its number, as the service's own function."""
