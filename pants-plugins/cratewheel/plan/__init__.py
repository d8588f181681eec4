"""The plan: what a release ships, at which version, why and in which order, decided once."""
