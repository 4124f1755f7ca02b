"""The command line and the supervisor that run Rapport's services; nobody imports it."""
