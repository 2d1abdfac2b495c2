"""What compensation reads: one file per read model."""
