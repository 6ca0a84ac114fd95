"""Aftercare: a conversational aftercare assistant for ketamine clinics."""
