"""Channels: what can be connected, and connecting, changing, disconnecting it. What a channel shows is in `conversations`."""
