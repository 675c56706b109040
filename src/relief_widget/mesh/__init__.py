"""From a height field to meshes in millimetres: the full grid, few triangles, finished objects."""
