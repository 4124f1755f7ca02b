"""What was said and how we answer: channels, journal, conversations, the history, replies."""
