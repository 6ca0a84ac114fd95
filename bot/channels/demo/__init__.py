"""The demo clinic: a page with the widget on it, and a few invented people to be."""
