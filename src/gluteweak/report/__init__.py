"""The report of a study: one HTML file that works offline, made from HDF5 and JSON files alone."""
