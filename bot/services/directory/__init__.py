"""Businesses, people and assets."""
