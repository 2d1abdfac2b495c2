"""The demo: a cycle of an invented company, through the services' APIs like any client."""
