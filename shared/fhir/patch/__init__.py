"""The three kinds of patch. Each module has `apply(resource, patch)`: numbers keep their text, the resource stays as it was."""
