"""What draws the picture of labels, loaded ahead."""

__all__ = ["load_drawing"]


def load_drawing() -> None:
    """Load what `plot_labels` needs, which takes as long as drawing: for a process beside the one that publishes."""
    import matplotlib.backends.backend_agg
    import matplotlib.figure  # noqa: F401 - to be there, as the others

    import fer_data.publish.card_plots  # noqa: F401 - as above
