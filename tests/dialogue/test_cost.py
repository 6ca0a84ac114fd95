"""What a turn must not do again and again. Time itself is measured by `python -m bench.long_conversation`."""

from __future__ import annotations

import jsonschema
import pytest

pytestmark = pytest.mark.model


async def test_no_turn_checks_a_schema_against_the_rules_for_schemas(patient, monkeypatch) -> None:
    checked = []
    for validator in (jsonschema.Draft7Validator, jsonschema.Draft202012Validator):
        monkeypatch.setattr(validator, "check_schema", lambda *arguments, **options: checked.append(1))
    assert await patient.turn("can i drive?")
    assert await patient.turn("check in")
    assert not checked
