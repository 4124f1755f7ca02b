"""Who gets which task: settings, what members can do and have, and why a task went where it went."""
