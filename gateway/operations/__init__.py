"""For administrators: deliveries that were not understood, events that failed to the end, and another try for both."""
