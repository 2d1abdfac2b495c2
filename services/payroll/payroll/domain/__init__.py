"""The rules of payroll: pure, no input or output."""
