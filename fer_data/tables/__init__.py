"""Our Parquet and Arrow tables: schemas, checks and digests."""
