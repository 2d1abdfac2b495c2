"""What feedback shows: one file per read model."""
