"""Reading built artifacts without trusting them, and checking them against the plan."""
