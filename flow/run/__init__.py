"""Images on recordings: golden model, RTL, and what came out."""
