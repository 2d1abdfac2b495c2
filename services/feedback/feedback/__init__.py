"""The service feedback: check-ins, feedback and private notes."""
