"""What may come from outside, for Hypothesis to make up."""

from __future__ import annotations

from hypothesis import strategies as st

ANY = st.text(st.characters(), max_size=80)
"""Half a surrogate pair included, which JSON can bring and no database stores."""
HEADERS = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY, inner, max_size=4),
    max_leaves=8,
)
