"""The appraisal service: scores computed from contracts, ratings given, shared and acknowledged."""
