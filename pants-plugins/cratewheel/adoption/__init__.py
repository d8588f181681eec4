"""What an existing project's tags and last release say about its BUILD files."""
