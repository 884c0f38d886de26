"""Consent records, expiry and withdrawal."""
