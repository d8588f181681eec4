"""What of each package differs from its base, by file and, for manifests and locks, by content."""
