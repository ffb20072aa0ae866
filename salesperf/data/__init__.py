"""Export files in, canonical tables out."""
