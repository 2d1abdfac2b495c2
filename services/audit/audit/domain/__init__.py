"""Audit decides nothing: it records no events and refuses no command."""
