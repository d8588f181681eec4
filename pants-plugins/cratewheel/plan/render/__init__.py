"""The plan for people and for CI: text, Markdown with a picture, and GitHub's job outputs."""
