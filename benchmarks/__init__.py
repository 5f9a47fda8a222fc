"""Measurements behind the figures in the documentation."""

import fer_data  # noqa: F401 - before the libraries that it keeps from reporting their use
