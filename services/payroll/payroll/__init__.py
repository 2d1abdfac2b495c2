"""Payroll: what was awarded becomes lines of sealed batches, answered line by line."""
