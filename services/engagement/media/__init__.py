"""Files beside messages: what they are, where they lie, how they come in, who gets them and for how long."""
