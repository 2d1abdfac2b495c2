"""HTTP in: parse, execute, answer; one file per subject."""

from payroll.api.batches import router as batches
from payroll.api.setup import router as setup
from payroll.api.shown import router as shown
from payroll.api.variances import router as variances

ROUTERS = (setup, batches, shown, variances)
