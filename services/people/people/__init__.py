"""The service people: who is employed, where, for what pay, and who holds which role."""
