"""What was said, and how we answer: channels, journal, conversations, replies. Reached over HTTP and events only."""
