"""The delay units, behind one interface."""
