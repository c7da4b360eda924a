"""What is asked of accounts and answered: requests and replies, a file for each part of the service."""
