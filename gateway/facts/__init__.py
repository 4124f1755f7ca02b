"""What a company keeps of its people beyond what networks show: kinds, labels, attributes, notes."""
