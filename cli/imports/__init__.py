"""Reads files that people have into requests to the services: pure, no HTTP."""
