"""What an installation holds on disk, read without changing it, for the proof and the demo's panel."""
