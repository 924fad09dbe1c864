"""What ought to hold, said by behaviour alone: these tests stay as they are while the code behind them changes.

What does not hold today is marked as expected to fail, strictly: whoever mends it takes the mark away.
"""
