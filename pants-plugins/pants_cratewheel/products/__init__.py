"""The values that this backend's rules exchange: requests, and what answers them, by subject."""
