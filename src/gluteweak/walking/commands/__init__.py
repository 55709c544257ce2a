"""What the command line asks of ``walking``: files in, files out."""

from gluteweak.walking.commands.gaits import healthy, healthy_at_speed, track_reference
from gluteweak.walking.commands.imposed import fixed_gait, what_if
from gluteweak.walking.commands.opened import OpenStudy, build_problem, open_study
from gluteweak.walking.commands.scenarios import improve_opened, simulate, simulate_opened

__all__ = [
    "OpenStudy",
    "build_problem",
    "fixed_gait",
    "healthy",
    "healthy_at_speed",
    "improve_opened",
    "open_study",
    "simulate",
    "simulate_opened",
    "track_reference",
    "what_if",
]
