"""The commands, one module for each group; a module offers `register(app)`."""
