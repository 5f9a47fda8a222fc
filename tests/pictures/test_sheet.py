"""Contact sheets: what stands where."""

import numpy as np

from fer_data.pictures.sheet import Tile, contact_sheet


def test_tiles_stand_in_reading_order_with_their_captions() -> None:
    """Three tiles in two columns: the third begins a row; below each is text, elsewhere white."""
    tiles = [Tile(np.full((4, 4, 3), grey, np.uint8), [f"n{grey}"]) for grey in (10, 90, 170)]
    sheet = contact_sheet(tiles, columns=2, tile_px=40)
    middles = [sheet[6 + 20, 6 + 20], sheet[6 + 20, 52 + 20], sheet[6 + 64 + 20, 6 + 20]]
    assert [int(middle[0]) for middle in middles] == [10, 90, 170]
    assert sheet[6 + 64 + 20, 52 + 20].min() == 255
    assert sheet[6 + 40 : 6 + 58, 6:46].min() < 100


def test_a_sheet_of_nothing_is_its_note() -> None:
    """Without tiles there is a sheet all the same."""
    assert contact_sheet([], columns=3, tile_px=40, note="nothing found").min() < 255
