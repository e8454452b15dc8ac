"""What an installation holds on disk, read without changing it: for the proof and for the demo's panel."""
