"""Quality control of the pictures that models make of depth."""

from relief_widget.depth.quality.examine import examine
from relief_widget.depth.quality.framing import Alignment
from relief_widget.depth.quality.report import QualityReport
from relief_widget.depth.quality.tone import Levels, measure

__all__ = ["Alignment", "Levels", "QualityReport", "examine", "measure"]
