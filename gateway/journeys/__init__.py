"""Where people are on their journeys, what moved them, and the board."""
