"""Read models of goals: one file each, with how events change it and how it is read."""
