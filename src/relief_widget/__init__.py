"""Turn a photo into a 3D relief, ready to print, mill or engrave."""
