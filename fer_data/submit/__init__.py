"""`fer-data submit`: files for the ABAW challenge."""
