"""Frozen parameter models, one module a section of `params.yaml`; the YAML is the only place a value is written."""
