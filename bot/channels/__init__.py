"""How patients reach the assistant: the web chat, text messages, and the phone simulator of the demo."""
