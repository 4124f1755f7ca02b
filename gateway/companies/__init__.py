"""Companies, the people in them, and what other systems call contacts and companies."""
