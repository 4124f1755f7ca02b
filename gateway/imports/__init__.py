"""Files by which people come in: the jobs that read them, and how far they are."""
