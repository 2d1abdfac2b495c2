"""The rules of appraisal: plain functions on frozen dataclasses."""
