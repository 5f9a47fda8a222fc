"""Encoded pictures: reading their headers, decoding and encoding them."""
