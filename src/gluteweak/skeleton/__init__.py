"""Bones to look at: posed bodies as OpenSim left them, and surfaces that stand for bones. For pictures and pages."""
