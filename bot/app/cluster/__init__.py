"""The composition of one worker among several. Import this only where there is a cluster."""
