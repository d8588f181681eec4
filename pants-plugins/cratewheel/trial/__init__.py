"""Trying a built wheel: installed into a clean environment, its tests run against it."""
