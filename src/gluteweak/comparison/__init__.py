"""Scenarios set against each other: which differ, by how much, and whether the difference means anything."""
