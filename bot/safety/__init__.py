"""The screen: a patient's text in, a verdict out. Plain Python without Rasa, network or database."""
