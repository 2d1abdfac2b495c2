"""The rules of goals: plain functions on frozen dataclasses."""
