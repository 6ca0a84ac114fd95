"""Rasa hosted as a library: agent, memory, wording and actions in one process and one transaction."""
