"""The reader: a message in, its intents and levels with probabilities out. Plain Python, no Rasa."""
