"""Civil days of Japan, as the registry counts them, wherever the tests run and at whatever hour."""
import datetime

JAPAN = datetime.timezone(datetime.timedelta(hours=9))


def today():
    return datetime.datetime.now(JAPAN).date()
