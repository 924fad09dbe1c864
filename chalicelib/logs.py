"""What libraries may log."""

import logging

_CARRIERS = ("botocore", "urllib3")


def keep_secrets_out() -> None:
    """Keep the libraries that carry our secrets from logging at DEBUG what they send and what is answered.

    urllib3 logs the path of a webhook, which is its secret, and botocore the answers to GetParameter and AssumeRole.
    Who sets the root logger to DEBUG, to see something else, would write them into CloudWatch's logs. So the two have a
    level of their own, from the moment their doors are imported: nobody has to think of it. Who wants to see it all the
    same gives these two loggers another level after that, by name.
    """
    for name in _CARRIERS:
        logging.getLogger(name).setLevel(logging.INFO)
