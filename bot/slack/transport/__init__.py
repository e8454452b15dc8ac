"""How requests reach the bot (Socket Mode or HTTP), and the threads in which it handles them."""
