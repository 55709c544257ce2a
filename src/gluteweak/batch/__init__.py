"""Many scenarios in few processes: chains, records of what is done, workers that may die, and what came of each."""
