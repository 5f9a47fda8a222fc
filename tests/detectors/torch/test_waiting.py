"""Where no driver can be asked, nothing is."""

import pytest

from fer_data.detectors.torch.waiting import sleep_while_waiting


@pytest.mark.parametrize(
    "library", ["libabsent.so", "libm.so.6"], ids=["no driver", "a driver without the call"]
)
def test_without_the_drivers_call_threads_go_on_spinning(library: str) -> None:
    """A machine without CUDA, or with an older one, is told so and works as before."""
    assert not sleep_while_waiting(0, library)
