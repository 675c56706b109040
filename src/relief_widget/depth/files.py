import numpy as np
from relief_widget.depth.depth_map import DepthMap
def load_depth_map(source, *, style="detailed"):
    return DepthMap(np.asarray(source, np.float32), style=style)
def save_depth_map(depth_map, path):
    raise NotImplementedError
