"""The only importer of opensim: builds, calibrates, weakens and exports models, and certifies motions."""
