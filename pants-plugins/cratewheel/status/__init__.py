"""How tags, registries and release records of each package agree, and mending what does not."""
