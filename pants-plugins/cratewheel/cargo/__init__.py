"""Cargo's own model of a repository, read from its manifests: crates, workspaces, locks, skeletons."""
