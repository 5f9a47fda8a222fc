"""Faces and their pictures as arrays: boxes, regions, the crop transform, quality, reduction."""
