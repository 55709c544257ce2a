"""Simulated walking beside published people: bands as data, and which of them a sweep meets."""
