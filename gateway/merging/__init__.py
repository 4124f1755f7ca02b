"""Who is one person: merges, what is proposed, and what members decide."""
