"""Eligibility in X12's words: 270 and 271 (005010X279A1), with the TA1 and 999 (005010X231A1) that refuse what is malformed."""
