"""What an auditor checks: that the stored history is whole and unchanged."""
