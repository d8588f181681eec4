"""Embedded package registries: a crates registry and a Python index kept as plain files.

They stand in for crates.io and PyPI in a rehearsal, behave as those do in what an upload can meet,
and leave a folder that cargo and pip can install from.
"""
