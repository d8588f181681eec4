"""Writing the plan's versions into the files of a build: manifests, requirements, locks."""
