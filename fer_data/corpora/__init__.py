"""Aff-Wild2 as its organisers hand it out: folder names, file formats and missing-value codes stop here."""
