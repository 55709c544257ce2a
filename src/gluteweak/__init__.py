"""What a weak gluteus medius does to walking and to the knee."""
