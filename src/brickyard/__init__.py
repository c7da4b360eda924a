"""Brickyard: an open-source public cloud for developers, behind one endpoint and one key."""
