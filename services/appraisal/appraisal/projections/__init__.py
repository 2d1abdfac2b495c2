"""The read models of appraisal: one file each."""
