"""What payroll shows and writes: one file per read model."""
