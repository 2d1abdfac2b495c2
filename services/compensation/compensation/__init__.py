"""Compensation: salary ranges, merit and bonus awards, budget pools and their release."""
