"""Stock Rasa as its documentation sets it up, with our topics and data: what Aftercare is measured against."""
