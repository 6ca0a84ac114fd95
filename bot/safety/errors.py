"""What can go wrong when the screen is loaded. Assessing a message raises nothing."""

from __future__ import annotations


class RulesBroken(Exception):
    """The safety rules cannot be used as they are: says where and why. The process must not start without rules."""

    code, status = "AC410", 500

    def __init__(self, where: str, why: str) -> None:
        self.where, self.why = where, why
        super().__init__(
            f"Safety rules, {where}: {why}. Correct the file in data/safety/rules/ and start again."
        )
