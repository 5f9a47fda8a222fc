"""What DVC recorded of a project: outs, their files, their cache objects; now, or at a revision of git."""
