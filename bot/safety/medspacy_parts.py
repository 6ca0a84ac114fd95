"""The parts of medspaCy that the rules use, without what its package drags in.

`import medspacy` of any part imports its QuickUMLS adapter, and with it nltk and SciPy: three seconds of start-up and
70 MB for a component that is not used here. While the parts are imported, an empty module stands in its place.
"""

from __future__ import annotations

import sys
from types import ModuleType

_stand_in = ModuleType("quickumls")
_stand_in.spacy_component = None  # type: ignore[attr-defined]
_taken = "quickumls" not in sys.modules
if _taken:
    sys.modules["quickumls"] = _stand_in

from medspacy.context import ConText, ConTextRule  # noqa: E402
from medspacy.target_matcher import TargetMatcher, TargetRule  # noqa: E402

if _taken:
    del sys.modules["quickumls"]

__all__ = ["ConText", "ConTextRule", "TargetMatcher", "TargetRule"]
