"""The phone simulator of the demo: a page on which a newcomer texts as any number, through the real inbound route."""
