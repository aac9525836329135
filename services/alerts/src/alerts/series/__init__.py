"""Statistics from outside (外部统计数据), entered with their source: what figures are held against."""
