"""Stock Rasa, set up as its documentation says, with our topics and our training data: what Aftercare is measured against."""
