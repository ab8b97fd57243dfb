"""What a run leaves behind for people: figures, pages, tables."""
