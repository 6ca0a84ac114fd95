"""Rasa hosted as a library: the agent, its memory, its wording and its actions, all in one process and one transaction."""
