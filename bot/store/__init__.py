"""The application database, and one ballot file per open round. No other room knows SQL."""
