"""How members come and go: invitations, teams, absence, leaving, and the log of it all."""
