"""The rules of people, jobs and roles: pure, no input or output."""
