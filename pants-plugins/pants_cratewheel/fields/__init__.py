"""The fields of this backend's targets, by subject."""
