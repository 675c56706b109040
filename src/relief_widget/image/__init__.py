"""Any picture to arrays and back: opening safely, colour, photos."""
