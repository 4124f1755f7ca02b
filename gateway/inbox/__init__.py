"""The inbox of the member who asks: views, counts, what is unread."""
