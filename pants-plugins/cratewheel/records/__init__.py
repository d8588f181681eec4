"""What a release wrote down about itself before its first upload, in refs of the repository.

A registry says which versions it has, seldom from which commit. So a release for real leaves a record
for each tag that it is going to make: the commit, the plan and the sha256 of every file. A run that
was killed between an upload and its tag is recognised by it, on any machine.
"""
