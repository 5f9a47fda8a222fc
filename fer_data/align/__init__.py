"""Stage `align`: from videos and their catalog to a state for every row and a crop for every row that is kept."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.align.pictures.shards import PictureRecipe, Shard
    from fer_data.align.pictures.worker import align_shard
    from fer_data.align.stage import align, headlines

__all__ = ["PictureRecipe", "Shard", "align", "align_shard", "headlines"]

__getattr__ = lazy_names(
    __name__,
    {
        "fer_data.align.pictures.shards": ["PictureRecipe", "Shard"],
        "fer_data.align.pictures.worker": ["align_shard"],
        "fer_data.align.stage": ["align", "headlines"],
    },
)
