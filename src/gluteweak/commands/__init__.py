"""Sub-commands of ``gluteweak``, by topic: their arguments, and what each runs. `cli` assembles them."""
