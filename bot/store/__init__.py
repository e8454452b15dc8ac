"""The only place that knows SQL: the application database, and one ballot file per open round."""
