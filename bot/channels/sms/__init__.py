"""Text messages through Twilio: signed webhooks in, a delivery that retries out, one interface for every provider."""
