"""Leads: contacts handed over to outside systems, and what became of them."""
