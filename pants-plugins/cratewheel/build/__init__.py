"""Building what a release uploads: cargo and maturin, run from a build root that survives the sandbox."""
