"""Several workers on several machines: PostgreSQL says who owns which cells, the storage says only one.

Nothing of this room is imported without the section ``cluster`` of config.yaml: it needs the packages of
``belonging-bot[cluster]``. PostgreSQL never holds anything about replies, not even how many there are.
"""
