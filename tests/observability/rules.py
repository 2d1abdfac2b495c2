"""The alert rules as text, and the metrics that they name."""

import re

from cli.platform.paths import ROOT

FOLDER = ROOT / "deploy" / "observability"
RULES = FOLDER / "alerts.yml"


def metrics_named() -> set[str]:
    """Every metric of ours that an alert rule's expression names."""
    return set(re.findall(r"\bmerit_\w+", RULES.read_text()))
