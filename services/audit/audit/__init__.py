"""A witness: what every service published, hash by hash, in a store of its own."""
