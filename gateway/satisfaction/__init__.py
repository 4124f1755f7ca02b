"""Satisfaction: what people said of answers."""
