"""What the platforms of one company have in common."""
