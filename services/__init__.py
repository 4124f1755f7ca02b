"""The three services (who, what, where and who of us), what they say to one another and how they say it."""
