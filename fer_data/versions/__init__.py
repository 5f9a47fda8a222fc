"""The released versions of the datasets of a project: VERSIONS.json, which git tracks and no stage reads."""
