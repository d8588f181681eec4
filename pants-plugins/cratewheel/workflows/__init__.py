"""The workflows that carry a release out in GitHub Actions."""
