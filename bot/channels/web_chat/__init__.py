"""The web chat: sessions made by the server, messages taken in once, events that resume."""
