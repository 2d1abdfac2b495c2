"""The merit command: everything a person runs on their own machine."""
