"""The pictures of monitoring, drawn with matplotlib."""

from recycler.monitoring.figures.drawing import MonitoringPicture, monitoring_pictures

__all__ = ["MonitoringPicture", "monitoring_pictures"]
