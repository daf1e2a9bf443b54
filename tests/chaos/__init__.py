"""Real services under the real supervisor, a real broker, both databases: loaded, disturbed, and audited afterwards."""
