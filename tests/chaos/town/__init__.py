"""The four services as they are, with two things around them: reactions are counted, and may be told to fail."""
