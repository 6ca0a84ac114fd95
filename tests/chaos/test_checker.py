"""The checker finds nothing in a run as it should be; it is tried on every kind of fault, and stands by itself."""

from __future__ import annotations

import re
from pathlib import Path

from tests.chaos import faults
from tests.chaos.checker import check
from tests.chaos.evidence import Evidence


def test_a_run_as_it_should_be_has_no_fault(run: Evidence) -> None:
    assert check(run) == []


def test_evidence_survives_a_file(run: Evidence, tmp_path: Path) -> None:
    run.save(tmp_path / "evidence.json")
    assert Evidence.load(tmp_path / "evidence.json") == run


def test_every_kind_of_fault_is_tried() -> None:
    files = sorted(Path(__file__).parent.glob("test_rules_*.py"))
    source = "".join(path.read_text(encoding="utf-8") for path in files)
    names = {name for name, value in vars(faults).items() if value in faults.KINDS}
    assert len(names) == len(faults.KINDS)
    assert not [name for name in names if f"faults.{name}" not in source]


def test_the_checker_shares_no_code_with_what_it_checks() -> None:
    """Nor with the driver, which only hands it the evidence."""
    ours = {"case", "checker", "evidence", "explanations", "faults", "longest_unseen"}
    ours |= {path.stem for path in Path(__file__).parent.glob("rules_*.py")}
    assert len(ours) > 6
    for name in ours:
        source = Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
        assert not re.search(r"(import|from) (bot|actions)\b", source)
        assert set(re.findall(r"^from \.(\w+) import", source, re.MULTILINE)) <= ours
        assert set(re.findall(r"^from \. import (.+)$", source, re.MULTILINE)) <= ours
