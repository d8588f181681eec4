"""What can be proven wrong with a repository before it is released: facts in, findings out."""
