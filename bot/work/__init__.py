"""What the workers do: answer, deliver, sweep. Tasks are named; other rooms defer them by name (`bot.care.jobs`)."""
