"""What a core spends on a sample, exactly: cycles and accesses to its memories."""
