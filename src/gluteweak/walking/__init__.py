"""Walking by direct collocation: the only package that imports casadi (never opensim in the same process)."""
