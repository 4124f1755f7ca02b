"""Who: contacts and their profiles, as front-ends see them."""
