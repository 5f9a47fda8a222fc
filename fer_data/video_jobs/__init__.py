"""The alignment of one video as a job whose result the resume store keeps."""
