"""Methods on arrays that find weights, and that tell what other weights would change."""
