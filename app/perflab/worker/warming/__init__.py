"""The warm-up of a cell: seen.py tells what one request did, warming.py decides which requests are executed."""
