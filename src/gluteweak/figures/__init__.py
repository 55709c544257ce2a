"""Pictures of results: HDF5 in, one function a figure, a caption in plain words beside it; the only matplotlib user."""
