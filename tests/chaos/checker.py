"""Was a promise broken? Reads the evidence of a run and names each fault. It shares no code with the assistant.

Each rule looks at what patients and staff saw beside the rows of the database, and believes neither alone. Why a fault
could not be otherwise is in `explanations.py`.
"""

from __future__ import annotations

from .case import Case
from .evidence import Evidence
from .faults import Fault
from .rules_of_answers import RULES as OF_ANSWERS
from .rules_of_crises import RULES as OF_CRISES
from .rules_of_order import RULES as OF_ORDER


def check(evidence: Evidence) -> list[Fault]:
    """Every fault of a run."""
    case = Case(evidence)
    return [fault for rule in (*OF_ANSWERS, *OF_ORDER, *OF_CRISES) for fault in rule(case)]
