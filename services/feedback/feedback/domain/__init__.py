"""The rules of check-ins, feedback and notes: pure, no input or output."""
