"""What the product costs in time: programs that measure, run by `merit bench`."""
