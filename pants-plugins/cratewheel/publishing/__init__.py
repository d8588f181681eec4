"""The publisher: carries a release request out against registries, in a process of its own."""
