"""How Careloom is run, shown and documented: settings of the broker, the image, the demonstration, the tables of docs/."""
