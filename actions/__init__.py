"""Rasa's custom actions: answering from the guidance, asking back, check-ins, escalation, handing over."""
