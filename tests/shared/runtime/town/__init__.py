"""A deployment of two small services, for tests of what runs services."""
