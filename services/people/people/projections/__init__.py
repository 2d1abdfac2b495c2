"""What people shows: one file per read model."""
