"""Public notices (公示、公告): what a village or township posts about monitored households, funds and projects."""
