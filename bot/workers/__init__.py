"""The workers as processes: `python -m bot.workers.answer` and `python -m bot.workers.care`. Both need DATABASE_URL."""
