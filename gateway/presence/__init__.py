"""Who is at a conversation at this moment: saying it, and hearing of the others."""
