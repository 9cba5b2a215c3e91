"""Tests; they mirror the packages they are about."""
