"""Rasa graph components: thin adapters over `bot.language` and `bot.safety`. They decide nothing themselves."""
