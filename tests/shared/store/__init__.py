"""Tests of the store's parts that need no contract."""
