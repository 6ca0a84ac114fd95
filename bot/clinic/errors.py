"""The root of every error of ours.

Codes are stable, since staff quote them on the phone. The first digit after ``AC`` names the room:
0 clinic and running, 1 channels, 2 care, 3 guidance, 4 language and safety, 5 dialogue and work, 6 staff.
"""

from __future__ import annotations

from collections.abc import Sequence


class AftercareError(Exception):
    """Something went wrong that we foresaw.

    The text says what happened, to whom, and what to do next; it never holds a patient's words.
    code: stable identifier, such as ``AC010``; status: the HTTP status that a request ends with.
    """

    code: str = "AC001"
    status: int = 500


class ClinicSettingsError(AftercareError):
    """`clinic.yml` is missing, unreadable or wrong.

    problems: one line for each wrong key, each naming the file, the key and the fix.
    """

    code = "AC010"

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))
